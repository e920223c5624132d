import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { appendRows } from '../model/series-store.contract.ts';
import { PromqlEngine, type QueryResult } from '../promql/engine.ts';
import { EvaluationError, PromqlParseError, QueryCanceledError, QueryLimitError } from '../promql/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { START_MS, TsdbFixture } from '../storage/tsdb/tsdb.fixture.ts';
import type { Tsdb } from '../storage/tsdb/tsdb.ts';
import { InThreadQueries } from './in-thread-queries.ts';
import { QueryQueueFullError, QueryWorkerError } from './query-runner.ts';
import { QueryWorkers, type QueryWorkersDeps } from './query-workers.ts';

const MINUTE = 60_000;
const STEP_MS = 15_000;
const DYING_PROGRAM = new URL('./query-worker.dying.fake.ts', import.meta.url);
const FAKE_PROGRAM = new URL('./query-worker.fake.ts', import.meta.url);

const SERIES = Array.from({ length: 60 }, (_, i) =>
  Labels.from({ __name__: i % 2 === 0 ? 'requests_total' : 'load', job: `j${i % 3}`, pod: `p${i}` }),
);

const EXPRESSIONS = [
  'load',
  'sum by (job) (rate(requests_total[5m]))',
  'max_over_time(load[10m]) > 3',
  'load{pod=~"p[13579]"} / on (pod) group_left load',
  'topk(2, load)',
  'time()',
  'absent(nothing)',
  'count_values("v", load)',
  'avg_over_time(sum(load)[10m:1m])',
  'label_replace(load, "x", "\\"é\\n", "job", ".*")',
  '-load * Inf',
];

// Each round makes the text of a label 64 times as long.
const ROUND = `, "x", "${'$1'.repeat(64)}", "x", "(.*)")`;
const TEXT_BOMB = `count(${'label_replace('.repeat(6)}load, "x", "ab", "", "")${ROUND.repeat(5)})`;

describe('over a store', () => {
  let fixture: TsdbFixture;
  let store: Tsdb;
  let workers: QueryWorkers;
  let inThread: InThreadQueries;

  beforeEach(async () => {
    fixture = new TsdbFixture({ hotWindowMs: 10 * MINUTE, blockRangeMs: 10 * MINUTE });
    store = await fixture.open();
    workers = new QueryWorkers({ source: store, clock: systemClock, logger: silentLogger, workers: 2 });
    inThread = new InThreadQueries(new PromqlEngine({ reader: store, now: Date.now }));
  });

  afterEach(async () => {
    await workers[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  async function appendSlots(from: number, to: number): Promise<void> {
    for (let slot = from; slot < to; slot += 1) {
      const rows = SERIES.map((labels, i) => ({ labels, at: START_MS + slot * STEP_MS, value: ((slot * (i + 1)) % 97) / 7 }));
      // A series that comes late, and one with times of its own.
      const own = [{ labels: Labels.from({ __name__: 'load', pod: 'own' }), at: START_MS + slot * STEP_MS + 7, value: slot }];
      await appendRows(store, [...rows.filter((_, i) => slot > 20 || i < 50), ...own]);
    }
  }

  it('answers as the engine does in this thread, results and JSON, also while rows come and are cut', async () => {
    await appendSlots(0, 120);
    const range = { startMs: START_MS, endMs: START_MS + 119 * STEP_MS, stepMs: 30_000 };
    const expected = await Promise.all(
      EXPRESSIONS.map(async (expr) => [
        await inThread.range(expr, range),
        await inThread.instant(expr, range.endMs),
        text(await inThread.rangeJson(expr, range, { pixels: 13 })),
        text(await inThread.instantJson(expr, range.endMs, { limit: 7 })),
      ]),
    );
    await fixture.clock.advance(25 * MINUTE);
    const busy = Promise.all([appendSlots(120, 160), store.maintain()]);
    const answers = await Promise.all(
      EXPRESSIONS.map(async (expr) => [
        await workers.range(expr, range),
        await workers.instant(expr, range.endMs),
        text(await workers.rangeJson(expr, range, { pixels: 13 })),
        text(await workers.instantJson(expr, range.endMs, { limit: 7 })),
      ]),
    );
    await busy;
    expect(store.stats().blocks).toBeGreaterThan(0);
    for (const [i, expr] of EXPRESSIONS.entries()) {
      expect(answers[i], expr).toEqual(expected[i]);
    }
    expect(workers.stats).toMatchObject({ queries: 4 * EXPRESSIONS.length, waiting: 0, running: 0, crashed: 0 });
  });

  it('gives range vectors, and the labels of series that came after the worker had started', async () => {
    await appendSlots(0, 10);
    await workers.instant('load', START_MS);
    await appendSlots(21, 24);
    const at = START_MS + 24 * STEP_MS;
    expect(await workers.instant('load[2m]', at)).toEqual(await inThread.instant('load[2m]', at));
  });

  it.for([
    { why: 'a text that does not parse', expr: 'sum(', options: {}, error: PromqlParseError },
    { why: 'vectors that do not match', expr: 'load + on (job) load', options: {}, error: EvaluationError },
    { why: 'too many samples', expr: 'load', options: { limits: { maxSamples: 100 } }, error: QueryLimitError },
    { why: 'too many series', expr: 'load', options: { limits: { maxSeries: 3 } }, error: QueryLimitError },
    { why: 'too large an answer', expr: 'load', options: { limits: { maxAnswerBytes: 1000 } }, error: QueryLimitError },
    {
      why: 'too much text on the way to a small answer',
      expr: TEXT_BOMB,
      options: {},
      error: QueryLimitError,
    },
    { why: 'no time', expr: 'load', options: { limits: { timeoutMs: -1 } }, error: QueryLimitError },
    { why: 'a client that has left before', expr: 'load', options: { signal: AbortSignal.abort() }, error: QueryCanceledError },
  ])('refuses with the error promql has: $why', async ({ expr, options, error }) => {
    await appendSlots(21, 30);
    const range = { startMs: START_MS, endMs: START_MS + 30 * STEP_MS, stepMs: STEP_MS };
    const inWorker = await workers.range(expr, range, options).catch((reason: unknown) => reason);
    expect(inWorker).toBeInstanceOf(error);
    const here = await inThread.range(expr, range, options).catch((reason: unknown) => reason);
    expect(String(inWorker)).toBe(String(here));
  });

  it('writes no JSON that is longer than allowed, and says how to mend the query', async () => {
    await appendSlots(0, 120);
    const range = { startMs: START_MS, endMs: START_MS + 119 * STEP_MS, stepMs: STEP_MS };
    const limits = { maxAnswerBytes: 2_000 };
    const asks = [workers, inThread].flatMap((queries) => [
      queries.rangeJson('load', range, { limits }),
      queries.instantJson('load[30m]', range.endMs, { limits }),
    ]);
    const refused = await Promise.allSettled(asks);
    for (const answer of refused) {
      expect(String(answer.status === 'rejected' && answer.reason)).toMatch(
        /larger than 2000 bytes \(queries\.max_answer\).*larger step/,
      );
    }
    expect(text(await workers.rangeJson('sum(load)', { ...range, stepMs: 600_000 }, { limits }))).toContain('success');
  });

  it('stops computing soon after the client has left', async () => {
    await appendSlots(0, 60);
    const client = new AbortController();
    // Many seconds of sorting, unless it is stopped.
    const endless = 'sum(quantile_over_time(0.5, (load + 0)[1h:20ms]))';
    const resolved = Promise.withResolvers<void>();
    await using own = new QueryWorkers({
      source: {
        databasePath: store.databasePath,
        resolve: (request, signal) => store.resolve(request, signal).finally(resolved.resolve),
      },
      clock: systemClock,
      logger: silentLogger,
      workers: 1,
    });
    const query = own.range(
      endless,
      { startMs: START_MS, endMs: START_MS + 100 * MINUTE, stepMs: 1_000 },
      { signal: client.signal },
    );
    await resolved.promise;
    client.abort();
    await expect(query).rejects.toBeInstanceOf(QueryCanceledError);
    // The only thread is free again, and it is the same one.
    await own.instant('load', START_MS);
    expect(own.stats).toMatchObject({ cancelled: 1, crashed: 0, running: 0 });
  });
});

describe('in shares', () => {
  let fixture: TsdbFixture;
  let store: Tsdb;
  let workers: QueryWorkers;
  let inThread: InThreadQueries;
  const range = { startMs: START_MS, endMs: START_MS + 119 * STEP_MS, stepMs: 30_000 };

  beforeEach(async () => {
    fixture = new TsdbFixture({ hotWindowMs: 10 * MINUTE, blockRangeMs: 10 * MINUTE });
    store = await fixture.open();
    workers = sharing(systemClock);
    inThread = new InThreadQueries(new PromqlEngine({ reader: store, now: Date.now }));
    for (let slot = 0; slot < 120; slot += 1) {
      const rows = SERIES.map((labels, i) => ({ labels, at: START_MS + slot * STEP_MS, value: ((slot * (i + 1)) % 97) / 7 }));
      const own = [{ labels: Labels.from({ __name__: 'load', pod: 'own' }), at: START_MS + slot * STEP_MS + 7, value: slot }];
      await appendRows(store, [...own, ...rows.filter((_, i) => slot > 20 || i < 50)]);
    }
    await fixture.clock.advance(25 * MINUTE);
    await store.maintain();
    await haveHelpers(workers);
  });

  afterEach(async () => {
    await workers[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  function sharing(clock: QueryWorkersDeps['clock']): QueryWorkers {
    const some = { workers: 1, helpers: 2, minSharedWork: 1, program: DYING_PROGRAM };
    return new QueryWorkers({ source: store, clock, logger: silentLogger, ...some });
  }

  /** The first query that could use help has it started; there is no telling when it is ready but by asking again. */
  async function haveHelpers(pool: QueryWorkers): Promise<void> {
    const before = pool.stats.shared;
    while (pool.stats.shared < before + 2) {
      await pool.range('load', range);
    }
    while (pool.stats.helping > 0) {
      await new Promise(setImmediate);
    }
  }

  it('answers as in one piece, series, aggregations, joins and what warns', async () => {
    const before = workers.stats;
    const texts = [...EXPRESSIONS, 'avg without (pod) (load)', 'stddev(load)', 'load / ignoring (x) load', 'sum(rate(load[5m]))'];
    for (const text of texts) {
      expect(rounded(await workers.range(text, range)), text).toEqual(rounded(await inThread.range(text, range)));
      expect(await workers.instant(text, range.endMs), text).toEqual(await inThread.instant(text, range.endMs));
    }
    expect(workers.stats.shared - before.shared).toBeGreaterThan(texts.length);
    expect(workers.stats).toMatchObject({ running: 0, crashed: 0 });
  });

  it.for([
    { why: 'samples of all shares together', limits: { maxSamples: 3_000 }, kind: 'samples' },
    { why: 'series of all shares together', limits: { maxSeries: 25 }, kind: 'series' },
    { why: 'time', limits: { timeoutMs: -1 }, kind: 'time' },
  ])('keeps the limit of $why', async ({ limits, kind }) => {
    const query = workers.range('sum(load)', range, { limits });
    await expect(query).rejects.toMatchObject({ name: 'QueryLimitError', limit: kind });
    expect(await workers.range('sum(load)', range)).toEqual(await inThread.range('sum(load)', range));
    expect(workers.stats).toMatchObject({ running: 0, crashed: 0 });
  });

  it('fails the query when a thread dies over its share, and goes on with others', async () => {
    const failed = workers.range('sum(load{pod!="dies"})', range);
    await expect(failed).rejects.toBeInstanceOf(QueryWorkerError);
    await expect(failed).rejects.toThrow('a share of it has ended');
    await haveHelpers(workers);
    expect(await workers.range('sum(load)', range)).toEqual(await inThread.range('sum(load)', range));
    expect(workers.stats.crashed).toBeGreaterThan(0);
    expect(workers.stats.running).toBe(0);
  });

  it('ends threads that nobody wants the help of for some minutes, and starts them again', async () => {
    const clock = new ManualClock(0);
    await using own = sharing(clock);
    await haveHelpers(own);
    expect(own.stats.threads).toBeGreaterThan(1);
    await clock.advance(5 * MINUTE);
    expect(own.stats.threads).toBe(1);
    await haveHelpers(own);
    expect(own.stats.crashed).toBe(0);
  });

  it('shares nothing while other queries wait', async () => {
    const before = workers.stats.shared;
    const queries = Array.from({ length: 5 }, () => workers.range('sum(load)', range));
    await Promise.all(queries);
    // The last one is alone.
    expect(workers.stats.shared - before).toBeLessThanOrEqual(1);
  });

  it('ends all shares of a query whose client has left', async () => {
    const endless = 'sum(quantile_over_time(0.5, load[30m]))';
    const client = new AbortController();
    const long = { startMs: START_MS, endMs: START_MS + 30 * MINUTE, stepMs: 200 };
    const before = workers.stats.shared;
    const query = workers.range(endless, long, { signal: client.signal });
    while (workers.stats.shared === before) {
      await new Promise(setImmediate);
    }
    client.abort();
    await expect(query).rejects.toBeInstanceOf(QueryCanceledError);
    expect(await workers.range('sum(load)', range)).toEqual(await inThread.range('sum(load)', range));
    expect(workers.stats).toMatchObject({ cancelled: 1, crashed: 0, running: 0 });
  });
});

describe('threads', () => {
  const clock = new ManualClock(0);
  const NOWHERE: QueryWorkersDeps['source'] = {
    databasePath: '',
    resolve: () => Promise.reject(new Error('nobody should ask')),
  };

  function start(deps: Partial<QueryWorkersDeps> = {}): QueryWorkers {
    return new QueryWorkers({ source: NOWHERE, clock, logger: silentLogger, workers: 1, program: FAKE_PROGRAM, ...deps });
  }

  it.for([
    { why: 'it exits', expr: 'crash', says: 'exit code 3' },
    { why: 'it throws', expr: 'throw', says: 'thrown in the worker' },
  ])('fail the query and are replaced when one ends: $why', async ({ expr, says }) => {
    await using workers = start();
    const failed = workers.instant(expr, 0);
    const waited = workers.instant('ok', 0);
    await expect(failed).rejects.toThrow(says);
    await expect(failed).rejects.toBeInstanceOf(QueryWorkerError);
    expect(await waited).toMatchObject({ value: 'ok' });
    expect(workers.stats).toMatchObject({ crashed: 1, queries: 2 });
  });

  it('are ended when a query does not keep its limit, or does not stop when told', async () => {
    await using workers = start();
    const overdue = workers.instant('hang', 0, { limits: { timeoutMs: 1_000 } });
    const failure = expect(overdue).rejects.toBeInstanceOf(QueryWorkerError);
    await clock.advance(4_000);
    await failure;
    const client = new AbortController();
    const left = workers.instant('hang', 0, { signal: client.signal });
    client.abort();
    await expect(left).rejects.toBeInstanceOf(QueryCanceledError);
    expect(workers.stats.running).toBe(1);
    await clock.advance(1_000);
    expect(await workers.instant('ok', 0)).toMatchObject({ value: 'ok' });
    expect(workers.stats).toMatchObject({ crashed: 2, cancelled: 1, running: 0 });
  });

  it('take queries in turn, turn away what does not fit into the queue, and forget who leaves it', async () => {
    await using workers = start({ queue: 2 });
    const client = new AbortController();
    const hanging = workers.instant('hang', 0, { signal: client.signal });
    const waiter = new AbortController();
    const leaving = workers.instant('ok', 0, { signal: waiter.signal });
    const staying = workers.instant('ok', 0);
    await expect(workers.instant('ok', 0)).rejects.toBeInstanceOf(QueryQueueFullError);
    expect(workers.stats).toMatchObject({ waiting: 2, running: 1, rejected: 1 });
    waiter.abort();
    await expect(leaving).rejects.toBeInstanceOf(QueryCanceledError);
    expect(workers.stats).toMatchObject({ waiting: 1, cancelled: 1 });
    client.abort();
    await expect(hanging).rejects.toBeInstanceOf(QueryCanceledError);
    await clock.advance(1_000);
    expect(await staying).toMatchObject({ value: 'ok' });
  });

  it('reject what is under way when they are stopped', async () => {
    const workers = start();
    const queries = [workers.instant('hang', 0), workers.instant('ok', 0)];
    const settled = Promise.allSettled(queries);
    await workers[Symbol.asyncDispose]();
    expect(await settled).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await expect(workers.instant('ok', 0)).rejects.toBeInstanceOf(QueryCanceledError);
  });
});

/** A sum of sums may differ in the last digit. */
function rounded(result: QueryResult): unknown {
  const round = (values: Float64Array) => Array.from(values, (value) => Number(value.toPrecision(14)));
  return result.kind === 'vector'
    ? { ...result, series: result.series.map(({ labels, values }) => ({ labels, values: round(values) })) }
    : result;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
