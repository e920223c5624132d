import { beforeEach, describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { EvaluationError, PromqlParseError, QueryCanceledError } from '../promql/errors.ts';
import { RemoteStoreError } from '../storage/remote/http-client.ts';
import { RemoteEngine } from './remote-engine.ts';

const NONE = { warnings: [], infos: [] };
const A = { job: 'a' };

let asked: { url: string; form: Record<string, string> }[];
let reply: () => Response;

const engine = new RemoteEngine({
  endpoint: { url: 'http://remote/', headers: () => ({}), timeoutMs: 1000 },
  fetch: async (url, { body, signal }) => {
    signal?.throwIfAborted();
    asked.push({ url, form: body instanceof URLSearchParams ? Object.fromEntries(body) : {} });
    return reply();
  },
  local: new PromqlEngine({
    reader: { select: async () => [] },
  }),
});

const answering = (data: object, more: object = {}) => {
  reply = () => Response.json({ status: 'success', data, ...more });
};

beforeEach(() => {
  asked = [];
});

describe('an instant query', () => {
  it.for([
    { data: { resultType: 'scalar', result: [1, 'NaN'] }, result: { kind: 'scalar', values: Float64Array.of(Number.NaN) } },
    { data: { resultType: 'string', result: [1, 'x'] }, result: { kind: 'string', value: 'x' } },
    {
      data: { resultType: 'vector', result: [{ metric: A, value: [1, '+Inf'] }] },
      result: { kind: 'vector', series: [{ labels: Labels.from(A), values: Float64Array.of(Infinity) }] },
    },
    {
      data: { resultType: 'matrix', result: [{ metric: A, values: [[0.5, '1']] }] },
      result: {
        kind: 'matrix',
        series: [{ labels: Labels.from(A), timestamps: Float64Array.of(500), values: Float64Array.of(1) }],
      },
    },
  ])('gives a $data.resultType', async ({ data, result }) => {
    answering(data);
    expect(await engine.instant('up', 1500)).toEqual({ ...result, annotations: NONE });
    expect(asked).toEqual([{ url: 'http://remote/api/v1/query', form: { query: 'up', time: '1.500', nocache: '1' } }]);
  });
});

describe('a range query', () => {
  const range = { startMs: 1000, endMs: 3000, stepMs: 1000 };

  it('puts points where they belong and leaves gaps', async () => {
    answering(
      {
        resultType: 'matrix',
        result: [
          {
            metric: A,
            values: [
              [1, '1'],
              [3, '3'],
            ],
          },
        ],
      },
      { warnings: ['w'] },
    );
    expect(await engine.evaluate('up', range, { lookbackMs: 60_000 })).toEqual({
      kind: 'vector',
      series: [{ labels: Labels.from(A), values: Float64Array.of(1, ABSENT, 3) }],
      annotations: { warnings: ['w'], infos: [] },
    });
    expect(asked[0]?.form).toMatchObject({ start: '1.000', end: '3.000', step: '1.000', lookback_delta: '60.000' });
  });

  it('of a scalar gives a scalar', async () => {
    answering({
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [1, '1'],
            [2, '1'],
            [3, '1'],
          ],
        },
      ],
    });
    expect(await engine.evaluate('1', range)).toMatchObject({ kind: 'scalar', values: Float64Array.of(1, 1, 1) });
  });
});

describe('what fails', () => {
  it('is told as promql tells it', async () => {
    reply = () => Response.json({ status: 'error', error: 'many-to-many' }, { status: 422 });
    await expect(engine.instant('up', 0)).rejects.toThrow(EvaluationError);
    reply = () => new Response('busy', { status: 503 });
    await expect(engine.instant('up', 0)).rejects.toThrow(RemoteStoreError);
    await expect(engine.instant('up', 0, { signal: AbortSignal.abort() })).rejects.toThrow(QueryCanceledError);
    await expect(engine.instant('up(', 0)).rejects.toThrow(PromqlParseError);
  });
});
