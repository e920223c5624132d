import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { EvaluationOptions, QueryResult } from '../../promql/engine.ts';
import { EvaluationError, PromqlParseError, QueryCanceledError } from '../../promql/errors.ts';
import { formatValue } from '../../query-workers/answer-json.ts';
import { InThreadQueries } from '../../query-workers/in-thread-queries.ts';
import { type HttpHarness, startHttp } from '../http-deps.fake.ts';

const NONE = { warnings: [], infos: [] };
const UP = Labels.from({ __name__: 'up', job: 'a' });

let http: HttpHarness;
const asked: unknown[] = [];
const lookbacks: (number | undefined)[] = [];
let canceled = 0;

const ANSWERS: Readonly<Record<string, QueryResult>> = {
  up: { kind: 'vector', series: [{ labels: UP, values: Float64Array.of(1, ABSENT, Number.NaN) }], annotations: NONE },
  both: {
    kind: 'vector',
    series: ['a', 'b'].map((job) => ({ labels: Labels.from({ job }), values: Float64Array.of(1) })),
    annotations: { warnings: ['careful'], infos: ['by the way'] },
  },
  gone: { kind: 'vector', series: [{ labels: UP, values: Float64Array.of(ABSENT) }], annotations: NONE },
  one: { kind: 'scalar', values: Float64Array.of(1, 2, 3), annotations: NONE },
  text: { kind: 'string', value: 'hi', annotations: NONE },
  'up[1m]': {
    kind: 'matrix',
    series: [{ labels: UP, timestamps: Float64Array.of(1500), values: Float64Array.of(0.5) }],
    annotations: NONE,
  },
};

async function answer(expr: string, { signal, lookbackMs }: EvaluationOptions = {}): Promise<QueryResult> {
  lookbacks.push(lookbackMs);
  if (expr === 'slow') {
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    canceled += 1;
    throw new QueryCanceledError('query was canceled in expression evaluation');
  }
  if (expr === 'many') {
    throw new EvaluationError('found duplicate series for the match group');
  }
  const known = ANSWERS[expr];
  if (known === undefined) {
    throw new PromqlParseError(expr, { start: 2, end: 3 }, 'unexpected end of input');
  }
  return known;
}

const query = new InThreadQueries({
  instant: (expr, atMs, options) => {
    asked.push(atMs);
    return answer(String(expr), options);
  },
  evaluate: (expr, range, options) => {
    asked.push(range);
    return answer(String(expr), options);
  },
});

beforeAll(async () => {
  http = await startHttp({
    query,
    series: {
      series: async () => [Labels.from({ b: '1' }), Labels.from({ a: '1' })],
      labelNames: async () => ['b', 'a'],
      labelValues: async (name) => [`of ${name}`],
      metadata: async () => new Map([['up', { type: 'gauge', help: 'h', unit: '' }]]),
    },
  });
});

afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

const get = async (path: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${http.url}/api/v1/${path}`, { headers: http.browser });
  return { status: response.status, body: await response.json() };
};

describe('answers', () => {
  it.for([
    { path: 'query?query=up&time=2.5', data: { resultType: 'vector', result: [{ metric: UP.toJSON(), value: [2.5, '1'] }] } },
    { path: 'query?query=gone', data: { resultType: 'vector', result: [] } },
    { path: 'query?query=one&time=1', data: { resultType: 'scalar', result: [1, '1'] } },
    { path: 'query?query=text&time=1', data: { resultType: 'string', result: [1, 'hi'] } },
    {
      path: 'query?query=up[1m]&time=2',
      data: { resultType: 'matrix', result: [{ metric: UP.toJSON(), values: [[1.5, '0.5']] }] },
    },
    {
      path: 'query_range?query=up&start=1&end=1970-01-01T00:00:31Z&step=15s',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: UP.toJSON(),
            values: [
              [1, '1'],
              [31, 'NaN'],
            ],
          },
        ],
      },
    },
    {
      path: 'query_range?query=one&start=1&end=2&step=0.5',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [1, '1'],
              [1.5, '2'],
              [2, '3'],
            ],
          },
        ],
      },
    },
    { path: 'query_range?query=gone&start=1&end=2&step=1', data: { resultType: 'matrix', result: [] } },
    { path: 'series?match[]=up', data: [{ a: '1' }, { b: '1' }] },
    { path: 'labels', data: ['a', 'b'] },
    { path: 'label/U__a_2e_b/values', data: ['of a.b'] },
    { path: 'metadata?metric=up', data: { up: [{ type: 'gauge', help: 'h', unit: '' }] } },
    { path: 'labels?start=-9223309901257974&end=9223309901257974', data: ['a', 'b'] },
    { path: 'labels?start=-292273086-05-16T16:47:06Z&end=%2B292277025-08-18T07:12:54.999999999Z', data: ['a', 'b'] },
    { path: 'query_exemplars?query=up&start=0&end=1', data: [] },
    { path: 'format_query?query=sum(rate(x[5m]))by(a)', data: 'sum by (a) (rate(x[5m]))' },
    { path: 'parse_query?query="s"', data: { type: 'stringLiteral', val: 's' } },
    { path: 'targets', data: { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} } },
    { path: 'alertmanagers', data: { activeAlertmanagers: [], droppedAlertmanagers: [] } },
    { path: 'rules?type=alert&group_limit=5', data: { groups: [] } },
    { path: 'rules', data: { groups: [] } },
    { path: 'alerts', data: { alerts: [] } },
  ])('$path', async ({ path, data }) => {
    expect(await get(path)).toEqual({ status: 200, body: { status: 'success', data } });
  });

  it('no tree of an expression that lies deeper than JSON can be read', async () => {
    const query = new Array(20_000).fill('1').join('+');
    const response = await fetch(`${http.url}/api/v1/parse_query`, {
      method: 'POST',
      headers: http.browser,
      body: new URLSearchParams({ query }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errorType: 'bad_data', error: expect.stringContaining('20000 levels deep') });
  });

  it('cuts at limit and says so, beside warnings and infos', async () => {
    expect((await get('query?query=both&limit=1')).body).toMatchObject({
      data: { result: [{ metric: { job: 'a' } }] },
      warnings: ['careful', 'results truncated due to limit'],
      infos: ['by the way'],
    });
  });

  it('a POSTed form comes before the address', async () => {
    const response = await fetch(`${http.url}/api/v1/query?query=text&time=7`, {
      method: 'POST',
      headers: await http.token('viewer'),
      body: new URLSearchParams({ query: 'one' }),
    });
    expect(await response.json()).toEqual({ status: 'success', data: { resultType: 'scalar', result: [7, '1'] } });
  });

  it('looks back as far as lookback_delta says', async () => {
    await get('query?query=up&lookback_delta=1m');
    await get('query_range?query=up&start=0&end=2&step=1&lookback_delta=30');
    await get('query?query=up');
    expect(lookbacks.slice(-3)).toEqual([60_000, 30_000, undefined]);
  });

  it.for([
    {
      why: 'no more points than can be seen',
      pixels: '1',
      values: [
        [0, '1'],
        [1, null],
        [2, 'NaN'],
      ],
    },
    {
      why: 'all where there are pixels enough',
      pixels: '3',
      values: [
        [0, '1'],
        [2, 'NaN'],
      ],
    },
  ])('gives, for a width in pixels: $why', async ({ pixels, values }) => {
    const { body } = await get(`query_range?query=up&start=0&end=2&step=1&pixels=${pixels}`);
    expect(body).toMatchObject({ data: { result: [{ values }] } });
  });

  it('refuses a width that is none', async () => {
    expect(await get('query_range?query=up&start=0&end=2&step=1&pixels=-3')).toMatchObject({ status: 400 });
  });

  it('evaluates more often than every step when asked, and refuses to more seldom', async () => {
    await get('query_range?query=up&start=0&end=2&step=2&resolution=1');
    expect(asked.at(-1)).toEqual({ startMs: 0, endMs: 2000, stepMs: 1000 });
    expect(await get('query_range?query=up&start=0&end=4&step=2&resolution=3')).toMatchObject({ status: 400 });
  });

  it('adds statistics when asked', async () => {
    expect((await get('query?query=one&time=1&stats=all')).body).toMatchObject({
      data: { resultType: 'scalar', stats: { timings: { evalTotalTime: expect.any(Number) } } },
    });
  });

  it('tells of the series there are', async () => {
    expect((await get('status/tsdb')).body).toMatchObject({
      data: {
        headStats: { numSeries: 2, numLabelPairs: 2 },
        seriesCountByLabelValuePair: [
          { name: 'b=1', value: 1 },
          { name: 'a=1', value: 1 },
        ],
      },
    });
  });

  it('time defaults to now', async () => {
    await get('query?query=up');
    expect(asked.at(-1)).toBe(http.clock.now());
  });
});

describe('errors', () => {
  const range = 'query_range?query=up&start=0&end=100';
  it.for([
    { path: 'series?match[]=up%20offset%205m', status: 400, errorType: 'bad_data', error: /plain series selector/ },
    { path: 'labels?match[]=up%20@%205', status: 400, errorType: 'bad_data', error: /plain series selector/ },
    { path: 'rules?match[]={', status: 400, errorType: 'bad_data', error: /"match\[\]".*parse error/ },
    { path: 'label/%ff/values', status: 400, errorType: 'bad_data', error: /decode/ },
    {
      path: 'query?query=up&time=2026-02-30T00:00:00Z',
      status: 400,
      errorType: 'bad_data',
      error: /invalid time value for 'time'/,
    },
    {
      path: 'query?query=up&time=2026-02-01T24:00:00Z',
      status: 400,
      errorType: 'bad_data',
      error: /invalid time value for 'time'/,
    },
    { path: 'query_range?query=up&start=0&end=11001&step=1', status: 400, errorType: 'bad_data', error: /11,000 points/ },
    { path: 'query', status: 400, errorType: 'bad_data', error: /^invalid parameter "query": .*no expression found/ },
    {
      path: 'query?query=bad',
      status: 400,
      errorType: 'bad_data',
      error: 'invalid parameter "query": 1:3: parse error: unexpected end of input',
    },
    {
      path: 'query?query=up&time=noon',
      status: 400,
      errorType: 'bad_data',
      error: 'invalid parameter "time": invalid time value for \'time\': cannot parse "noon" to a valid timestamp',
    },
    {
      path: 'query?query=up&timeout=x',
      status: 400,
      errorType: 'bad_data',
      error: 'invalid parameter "timeout": cannot parse "x" to a valid duration',
    },
    { path: 'query?query=up&limit=-1', status: 400, errorType: 'bad_data', error: /^invalid parameter "limit"/ },
    {
      path: `${range}&step=x`,
      status: 400,
      errorType: 'bad_data',
      error: 'invalid parameter "step": cannot parse "x" to a valid duration',
    },
    { path: `${range}&step=0`, status: 400, errorType: 'bad_data', error: /^invalid parameter "step": zero or negative/ },
    { path: `${range}&step=0.001`, status: 400, errorType: 'bad_data', error: /^exceeded maximum resolution of 11,000 points/ },
    {
      path: 'query_range?query=up&start=2&end=1&step=1',
      status: 400,
      errorType: 'bad_data',
      error: /end timestamp must not be before/,
    },
    {
      path: 'query_range?query=up[1m]&start=1&end=2&step=1',
      status: 400,
      errorType: 'bad_data',
      error:
        'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    },
    { path: 'query?query=many', status: 422, errorType: 'execution', error: 'found duplicate series for the match group' },
    {
      path: 'query?query=slow&timeout=10ms',
      status: 503,
      errorType: 'timeout',
      error: 'query timed out in expression evaluation',
    },
    { path: 'series', status: 400, errorType: 'bad_data', error: 'no match[] parameter provided' },
    { path: 'series?match[]=', status: 400, errorType: 'bad_data', error: /^invalid parameter "match\[\]": / },
    {
      path: 'series?match[]={}',
      status: 400,
      errorType: 'bad_data',
      error: 'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    },
    { path: 'series?match[]=sum(up)', status: 400, errorType: 'bad_data', error: /a plain series selector is wanted/ },
    { path: 'query_exemplars?query=up[', status: 400, errorType: 'bad_data', error: /^invalid parameter "query": 1:/ },
    { path: 'rules?type=x', status: 400, errorType: 'bad_data', error: 'invalid parameter "type": not supported value "x"' },
    { path: 'rules?group_limit=0', status: 400, errorType: 'bad_data', error: /^invalid parameter "group_limit"/ },
    { path: 'rules?group_limit=1&group_next_token=x', status: 400, errorType: 'bad_data', error: /start again/ },
    {
      path: 'query?query=up&lookback_delta=x',
      status: 400,
      errorType: 'bad_data',
      error: 'error parsing lookback delta duration: cannot parse "x" to a valid duration',
    },
  ])('$path', async ({ path, status, errorType, error }) => {
    expect(await get(path)).toEqual({
      status,
      body: { status: 'error', errorType, error: error instanceof RegExp ? expect.stringMatching(error) : error },
    });
  });

  it('a client that leaves cancels its query', async () => {
    const before = canceled;
    const askedBefore = asked.length;
    const leave = new AbortController();
    const gone = fetch(`${http.url}/api/v1/query?query=slow`, { headers: http.browser, signal: leave.signal });
    await expect.poll(() => asked.length).toBeGreaterThan(askedBefore);
    leave.abort();
    await expect(gone).rejects.toThrow();
    await expect.poll(() => canceled).toBe(before + 1);
  });
});

it.for([
  [0, '0'],
  [-0, '-0'],
  [1e20, '100000000000000000000'],
  [1e21, '1e+21'],
  [1e-6, '0.000001'],
  [1.5e-7, '1.5e-07'],
  [5e-324, '5e-324'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
] as const)('%d is written %s', ([value, text]) => {
  expect(formatValue(value)).toBe(text);
});
