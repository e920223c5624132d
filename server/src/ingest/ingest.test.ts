import type { LabelSet } from '@tila/contract/labels.ts';
import { type SampleBatch, STALE_MARKER } from '@tila/contract/samples.ts';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { STALE } from '../model/sample.ts';
import type { AppendRequest, AppendResult, SeriesWriter } from '../model/series-store.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { InvalidBatchError } from './batch-check.ts';
import { Ingest, type IngestCommit, type IngestLimits } from './ingest.ts';
import { SourceRegistry } from './source-registry.ts';

const NOW = 1_700_000_000_000;
const forever = new AbortController().signal;

/** Takes everything at once, unless it is told to fail or to hold its answer back. */
class RecordingWriter implements SeriesWriter {
  readonly requests: AppendRequest[] = [];
  failures = 0;
  gate: Promise<void> | undefined;

  async append(request: AppendRequest): Promise<AppendResult> {
    await this.gate;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('disk full');
    }
    this.requests.push(request);
    return { accepted: request.rows.labels.length, duplicate: 0, tooOld: 0 };
  }

  async watermark(): Promise<number | null> {
    return 42;
  }
}

function setUp(limits: IngestLimits = {}) {
  const clock = new ManualClock(NOW);
  const writer = new RecordingWriter();
  const sources = new SourceRegistry({ clock, maxUndeclared: 3 });
  const ingest = new Ingest({ writer, sources, clock, logger: silentLogger, random: () => 0.5, limits });
  return { clock, writer, sources, ingest };
}

function batch(overrides: Partial<SampleBatch> = {}): SampleBatch {
  return { source: 's', labels: [{ __name__: 'up' }], timestamps: [NOW], values: [1], ...overrides };
}

describe('Ingest', () => {
  it.for([
    { row: { label: { job: 'x' } }, problem: /no metric name/, why: 'no metric name' },
    { row: { label: { __name__: '' } }, problem: /no metric name/, why: 'an empty metric name' },
    { row: { label: { __name__: 'up', '': 'x' } }, problem: /empty name/, why: 'an empty label name' },
    { row: { label: { __name__: 'up', bad: '\ud800' } }, problem: /not valid Unicode/, why: 'a lone surrogate' },
    {
      row: { label: { __name__: 'up', ['n'.repeat(300)]: 'x' } },
      problem: /300 characters long, at most 256/,
      why: 'a long name',
    },
    {
      row: { label: { __name__: 'up', long: 'x'.repeat(5000) } },
      problem: /5000 characters long, at most 4096/,
      why: 'a long value',
    },
    {
      row: { label: Object.fromEntries([['__name__', 'up'], ...Array.from({ length: 64 }, (_, i) => [`l${i}`, 'x'])]) },
      problem: /65 labels, at most 64/,
      why: 'too many labels',
    },
    { row: { at: 1.5 }, problem: /not a whole number/, why: 'a fraction of a millisecond' },
    { row: { at: Number.NaN }, problem: /not a whole number/, why: 'no time at all' },
    { row: { at: NOW + 600_001 }, problem: /600 s in the future; check the clock of source s/, why: 'from the future' },
  ])('refuses a row with $why, names it, and stores the others', async ({ row, problem }) => {
    const { ingest, writer } = setUp();
    const { label = { __name__: 'up' }, at = NOW } = row as { label?: Record<string, string>; at?: number };
    const receipt = await ingest.write(
      batch({ labels: [label, { __name__: 'good' }], timestamps: [at, NOW], values: [1, 2] }),
      forever,
    );
    expect(receipt).toMatchObject({ accepted: 1, invalid: 1, problems: [expect.stringMatching(problem)] });
    expect(writer.requests[0]?.rows).toMatchObject({ timestamps: [NOW], values: [2] });
  });

  it.for([
    { bad: { timestamps: [1, 2] }, why: 'columns of unequal length' },
    { bad: { source: '' }, why: 'no source' },
    { bad: { source: 'x'.repeat(201) }, why: 'a source name beyond all measure' },
    {
      bad: { labels: Array(11).fill({ __name__: 'up' }), timestamps: Array(11).fill(NOW), values: Array(11).fill(1) },
      why: 'more rows than one batch may have',
    },
  ])('refuses the whole batch for $why', async ({ bad }) => {
    const { ingest, writer } = setUp({ maxRowsPerBatch: 10 });
    await expect(ingest.write(batch(bad), forever)).rejects.toThrow(InvalidBatchError);
    expect(writer.requests).toEqual([]);
    expect(ingest.counters.rowsInFlight).toBe(0);
  });

  it('refuses batches and reports of new sources past the limit, not of those it has', async () => {
    const { ingest, writer, sources } = setUp();
    const reported = { kind: 'push', maxLagMs: 1000, intervalMs: 1000, lastAttemptAt: null, lastSuccessAt: null };
    const report = (source: string) =>
      ingest.report({ ...reported, source, lastErrorAt: null, lastError: null, backfill: null, targets: [] });
    await Promise.all([ingest.write(batch({ source: 'a' }), forever), ingest.write(batch({ source: 'b' }), forever)]);
    report('c');
    await expect(ingest.write(batch({ source: 'd' }), forever)).rejects.toThrow(/source d: too many sources/);
    expect(() => report('d')).toThrow(InvalidBatchError);
    await ingest.write(batch({ source: 'a' }), forever);
    expect(writer.requests.map(({ source }) => source)).toEqual(['a', 'b', 'a']);
    expect(sources.all().map(({ source }) => source)).toEqual(['a', 'b', 'c']);
  });

  it('takes the edge of the future, every number, and the staleness marker only from the wire marker', async () => {
    const { ingest, writer } = setUp();
    const values = [Number.NaN, Infinity, -Infinity, STALE_MARKER];
    const labels = values.map((_, i) => ({ __name__: 'up', i: `${i}` }));
    const receipt = await ingest.write(batch({ labels, timestamps: values.map(() => NOW + 600_000), values }), forever);
    expect(receipt).toEqual({ accepted: 4, duplicate: 0, tooOld: 0, invalid: 0, problems: [] });
    expect(writer.requests[0]?.rows.values).toEqual([Number.NaN, Infinity, -Infinity, STALE]);
  });

  it('keeps the first ten reasons and counts them all', async () => {
    const { ingest } = setUp();
    const rows = Array(25).fill(0);
    const receipt = await ingest.write(batch({ labels: rows.map(() => ({ x: 'y' })), timestamps: rows, values: rows }), forever);
    expect([receipt.invalid, receipt.problems.length]).toEqual([25, 10]);
  });

  it('hands the store the same column of Labels for the same column, and the same Labels as long as columns look alike', async () => {
    const { ingest, writer } = setUp();
    const sets = Array.from({ length: 50 }, (_, i) => ({ __name__: 'up', i: `${i}` }));
    const write = (column: readonly LabelSet[]) =>
      ingest.write(batch({ labels: column, timestamps: column.map(() => NOW), values: column.map(() => 1) }), forever);
    const changed = [...sets.slice(0, 10), { __name__: 'new' }, ...sets.slice(12, 40), ...sets.slice(41)];
    await write(sets);
    await write(sets);
    await write(changed);
    const [first, second, third] = writer.requests.map(({ rows }) => rows.labels);
    expect(second).toBe(first);
    expect(third?.map(String)).toEqual(changed.map((labelSet) => Labels.from(labelSet).toString()));
    expect(third?.filter((labels) => first?.includes(labels) === true)).toHaveLength(47);
  });

  it('comes to know the label sets of a sender whose columns never look alike', async () => {
    const { ingest, writer } = setUp();
    const sets = Array.from({ length: 50 }, (_, i) => ({ __name__: 'up', i: `${i}` }));
    for (let round = 0; round < 8; round += 1) {
      const column = sets.map((_, i) => sets[(i * 7 + round * 13) % 50] ?? { __name__: '' });
      await ingest.write(batch({ labels: column, timestamps: column.map(() => NOW), values: column.map(() => 1) }), forever);
    }
    const columns = writer.requests.map(({ rows }) => rows.labels);
    expect(new Set(columns.slice(5).flat()).size).toBe(50);
  });

  it('refuses new series past the limit of a source, not the ones it has, and forgets those long unseen', async () => {
    const { ingest, clock } = setUp({ maxSeriesPerSource: 2 });
    const write = (...names: readonly string[]) =>
      ingest.write(
        batch({
          labels: names.map((name) => ({ __name__: name })),
          timestamps: names.map(() => NOW),
          values: names.map(() => 1),
        }),
        forever,
      );
    expect(await write('a', 'b', 'c')).toMatchObject({
      accepted: 2,
      invalid: 1,
      problems: [expect.stringContaining('source s has 2 series, its limit')],
    });
    expect(await write('a', 'b')).toMatchObject({ accepted: 2, invalid: 0 });
    await clock.advance(31 * 60_000);
    expect(await write('a', 'c')).toMatchObject({ accepted: 1, invalid: 1 });
    await clock.advance(31 * 60_000);
    expect(await write('a', 'c')).toMatchObject({ accepted: 2, invalid: 0 });
  });

  it('ignores a watermark from the future and metadata that is not valid', async () => {
    const { ingest, writer } = setUp();
    const metadata = { up: { type: 'gauge', help: 'h'.repeat(5000), unit: '' }, bad: { type: 'nonsense', help: '', unit: '' } };
    // What comes over the wire need not fit the type.
    const hostile = batch({
      watermarkMs: NOW + 3_600_000,
      metadata: metadata as unknown as NonNullable<SampleBatch['metadata']>,
    });
    expect((await ingest.write(hostile, forever)).problems).toHaveLength(2);
    expect(writer.requests[0]?.watermarkMs).toBeUndefined();
    expect([...(writer.requests[0]?.metadata ?? [])]).toEqual([['up', { type: 'gauge', help: 'h'.repeat(1000), unit: '' }]]);
  });

  it('tells listeners after the commit, in order, and survives one that throws', async () => {
    const { ingest, sources } = setUp();
    const commits: IngestCommit[] = [];
    ingest.subscribe(() => {
      throw new Error('a bug');
    });
    const stop = ingest.subscribe((commit) => commits.push(commit));
    await ingest.write(batch({ watermarkMs: NOW - 5 }), forever);
    stop();
    await ingest.write(batch(), forever);
    expect(commits).toMatchObject([{ source: 's', maxTimestampMs: NOW, watermarkMs: NOW - 5, committedAt: NOW }]);
    expect(sources.get('s')).toMatchObject({ watermarkMs: NOW - 5, isStale: false });
  });

  it('tries again while the store fails, with growing waits, and counts it', async () => {
    const { ingest, writer, clock } = setUp();
    writer.failures = 3;
    const receipt = ingest.write(batch(), forever);
    await clock.advance(375 + 750);
    expect(writer.requests).toHaveLength(0);
    await clock.advance(1500);
    expect(await receipt).toMatchObject({ accepted: 1 });
    expect(ingest.counters).toMatchObject({ storeFailures: 3, batches: 1, accepted: 1, rowsInFlight: 0 });
  });

  it('gives up between attempts when the signal aborts', async () => {
    const { ingest, writer, clock } = setUp();
    writer.failures = 100;
    const controller = new AbortController();
    const receipt = expect(ingest.write(batch(), controller.signal)).rejects.toThrow('shutting down');
    await clock.advance(100);
    controller.abort(new Error('shutting down'));
    await receipt;
    expect(ingest.counters.rowsInFlight).toBe(0);
  });

  it('lets writers wait while too many rows are in flight, first come first served', async () => {
    const { ingest, writer, clock } = setUp({ maxRowsInFlight: 2 });
    const gate = Promise.withResolvers<void>();
    writer.gate = gate.promise;
    const controller = new AbortController();
    const first = ingest.write(
      batch({ labels: [{ __name__: 'a' }, { __name__: 'b' }], timestamps: [1, 1], values: [1, 1] }),
      forever,
    );
    const leaving = expect(ingest.write(batch({ source: 'leaving' }), controller.signal)).rejects.toThrow('left');
    const last = ingest.write(batch({ source: 'last' }), forever);
    await clock.advance(0);
    expect(ingest.counters).toMatchObject({ rowsInFlight: 2, writersWaiting: 2 });
    controller.abort(new Error('left'));
    await leaving;
    gate.resolve();
    await Promise.all([first, last]);
    expect(writer.requests.map(({ source }) => source)).toEqual(['s', 'last']);
    expect(ingest.counters).toMatchObject({ rowsInFlight: 0, writersWaiting: 0 });
  });
});
