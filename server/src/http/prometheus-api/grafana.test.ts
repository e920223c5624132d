import type { SourceView } from '@tila/contract/sources.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { Selection } from '../../model/series-store.ts';
import { MemorySeries } from '../../promql/conformance/memory-series.ts';
import { PromqlEngine } from '../../promql/engine.ts';
import { InThreadQueries } from '../../query-workers/in-thread-queries.ts';
import { type HttpHarness, startHttp } from '../http-deps.fake.ts';

const UP = Labels.from({ __name__: 'up', job: 'api', instance: 'a:1' });
const LABELS = { job: 'api', instance: 'a:1' };

let http: HttpHarness;
let token: Record<string, string>;
const asked: string[] = [];

function noted<T>({ matchers }: Selection, answer: T): T {
  asked.push(matchers.map(String).join(','));
  return answer;
}

beforeAll(async () => {
  const storage = new MemorySeries();
  storage.load({ labels: UP, slots: [0, 1, 1, 0, 1] }, 15_000);
  // What the routes read of a source are its name and targets.
  const source = {
    source: 'api',
    intervalMs: 15_000,
    targets: [{ url: 'http://a:1/metrics', labels: LABELS }],
  } as unknown as SourceView;
  http = await startHttp({
    query: new InThreadQueries(new PromqlEngine({ reader: storage })),
    sources: { list: () => [source] },
    series: {
      series: async (selection) => noted(selection, [UP]),
      labelNames: async (selection) => noted(selection, ['__name__', 'instance', 'job']),
      labelValues: async (name, selection) => noted(selection, name === '__name__' ? ['up', 'hits_total', 'unknown'] : ['api']),
      metadata: async () =>
        new Map([
          ['up', { type: 'gauge', help: 'h', unit: '' } as const],
          ['hits', { type: 'counter', help: 'c', unit: '' } as const],
        ]),
    },
  });
  token = await http.token('viewer');
});

afterAll(() => http[Symbol.asyncDispose]());

async function ask(
  method: string,
  path: string,
  form?: Record<string, string>,
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const body = form === undefined ? {} : { body: new URLSearchParams(form) };
  const response = await fetch(`${http.url}${path}`, { method, headers: token, ...body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

// Grafana's data source asks by Prometheus' Go client: forms, times with three digits after the point.
describe('what Grafana asks', () => {
  it.for([
    {
      why: 'health check',
      path: '/api/v1/query',
      form: { query: '1+1', time: '4.000' },
      data: { resultType: 'scalar', result: [4, '2'] },
    },
    {
      why: 'a panel',
      path: '/api/v1/query_range',
      form: { query: 'sum(up{job=~"api|web"})', start: '15.000', end: '45.000', step: '15.000', timeout: '30s' },
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [15, '1'],
              [30, '1'],
              [45, '0'],
            ],
          },
        ],
      },
    },
    {
      why: 'an instant panel',
      path: '/api/v1/query',
      form: { query: 'up', time: '60' },
      data: { resultType: 'vector', result: [{ metric: UP.toJSON(), value: [60, '1'] }] },
    },
    { why: 'exemplars', path: '/api/v1/query_exemplars', form: { query: 'up', start: '15.000', end: '45.000' }, data: [] },
    {
      why: 'label names of a selector',
      path: '/api/v1/labels',
      form: { 'match[]': 'up{job="api"}', start: '0', end: '60', limit: '40000' },
      data: ['__name__', 'instance', 'job'],
    },
    {
      why: 'label values of a selector',
      path: '/api/v1/label/job/values?match%5B%5D=up&start=0&end=60&limit=40000',
      data: ['api'],
    },
    {
      why: 'metrics by a part of their name',
      path: '/api/v1/label/__name__/values?match%5B%5D=%7B__name__%3D~%22.*u.*%22%7D',
      data: ['hits_total', 'unknown', 'up'],
    },
    { why: 'series', path: '/api/v1/series', form: { 'match[]': 'up', start: '0', end: '60' }, data: [UP.toJSON()] },
    { why: 'metadata', path: '/api/v1/metadata?limit=1', data: { up: [{ type: 'gauge', help: 'h', unit: '' }] } },
    { why: 'rules', path: '/api/v1/rules', data: { groups: [] } },
    { why: 'alerts', path: '/api/v1/alerts', data: { alerts: [] } },
    { why: 'a formatted expression', path: '/api/v1/format_query', form: { query: 'sum(up)by(job)' }, data: 'sum by (job) (up)' },
    {
      why: 'what the server is',
      path: '/api/v1/status/buildinfo',
      data: expect.objectContaining({ version: expect.stringMatching(/^3\./) }),
    },
  ])('$why', async ({ path, form, data }) => {
    const { status, body } = await ask(form === undefined ? 'GET' : 'POST', path, form);
    expect([status, body]).toEqual([200, { status: 'success', data }]);
  });

  it.for([
    { method: 'POST', path: '/api/v1/label/job/values', allow: 'GET, OPTIONS', why: 'its client then asks by GET' },
    { method: 'POST', path: '/api/v1/metadata', allow: 'GET, OPTIONS', why: 'the same' },
    { method: 'DELETE', path: '/api/v1/query', allow: 'GET, OPTIONS, POST', why: 'nobody does' },
    { method: 'GET', path: '/api/v1/write', allow: 'OPTIONS, POST', why: 'somebody looks with a browser' },
  ])('$method $path is answered 405: $why', async ({ method, path, allow }) => {
    const { status, body, headers } = await ask(method, path);
    expect([status, headers.get('allow')]).toEqual([405, allow]);
    expect(body).toMatchObject({ status: 'error', errorType: 'bad_data' });
  });

  it('OPTIONS names the methods, and lets no page of another site ask', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const response = await fetch(`${http.url}/api/v1/query`, { method: 'OPTIONS', headers });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, OPTIONS, POST']);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('an unknown path stays unknown', async () => {
    expect((await ask('DELETE', '/api/v1/label//values')).status).toBe(404);
  });
});

describe('targets/metadata', () => {
  it.for([
    {
      query: '',
      found: [
        ['hits', 'counter'],
        ['up', 'gauge'],
      ],
      why: 'the families of the series that the target has',
    },
    { query: '?limit=1', found: [['hits', 'counter']], why: 'a limit' },
    { query: '?metric=up', found: [[undefined, 'gauge']], why: 'one metric' },
    {
      query: '?match_target=%7Bjob%3D%22api%22%7D',
      found: [
        ['hits', 'counter'],
        ['up', 'gauge'],
      ],
      why: 'a target that is selected',
    },
    { query: '?match_target=%7Bjob%3D%22web%22%7D', found: [], why: 'a target that is not' },
  ])('$why', async ({ query, found }) => {
    asked.length = 0;
    const { body } = await ask('GET', `/api/v1/targets/metadata${query}`);
    const data = found.map(([metric, type]) =>
      expect.objectContaining({ target: LABELS, type, ...(metric !== undefined && { metric }) }),
    );
    expect(body).toEqual({ status: 'success', data });
    expect(asked).toEqual(query.includes('web') ? [] : ['job="api",instance="a:1"']);
  });

  it('refuses a selector that is none', async () => {
    expect(await ask('GET', '/api/v1/targets/metadata?match_target=sum(up)')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('"match_target"') },
    });
  });
});

describe('what there is', () => {
  it('features name what of Prometheus is here', async () => {
    const { body } = await ask('GET', '/api/v1/features');
    expect(body).toMatchObject({
      data: {
        api: { remote_write_receiver: true, admin: false },
        promql: { subqueries: true, fill: false },
        promql_functions: { rate: true, info: false },
        promql_operators: { atan2: true, limit_ratio: false },
      },
    });
  });

  it('flags and walreplay answer', async () => {
    expect((await ask('GET', '/api/v1/status/flags')).body).toMatchObject({ data: { 'storage.tsdb.retention.time': '15d' } });
    expect((await ask('GET', '/api/v1/status/walreplay')).body).toEqual({
      status: 'success',
      data: { min: 0, max: 0, current: 0 },
    });
  });
});
