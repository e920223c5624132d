import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Labels } from './labels.ts';
import { Matcher, type MatchOperator } from './matcher.ts';
import { STALE } from './sample.ts';
import type { AppendResult, Selection, SeriesReader, SeriesWriter } from './series-store.ts';

/** What a store hands the contract tests. `startMs` is a time at which the store takes rows; tests write up to an hour after it. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: SeriesReader & SeriesWriter;
  readonly startMs: number;
  /** Resolves when what was appended can be read; for stores where that is later. */
  settle?(): Promise<void>;
}

/** Where engines differ. Ours has all of them; a remote engine says which it lacks, and is then held to what is left. */
export interface StoreTraits {
  /** `append` says which rows were duplicate or too old; without it, it counts all as accepted. */
  readonly judgesRows: boolean;
  /** The first value of a time stays; without it, one of them does. */
  readonly keepsFirstValue: boolean;
  /** Rows further behind than the out-of-order window are refused. */
  readonly refusesTooOld: boolean;
  /** Staleness markers come back from `select`. */
  readonly keepsMarkers: boolean;
  /** NaN as a value comes back from `select`. */
  readonly keepsNaN: boolean;
  /** Numbers come back to the last bit; without it, to 15 digits of those of a usual size. */
  readonly keepsEveryBit: boolean;
  /** Lists of series and labels tell of the very window; without it, of a longer one around it. */
  readonly listsWindowExactly: boolean;
}

const ALL_TRAITS: StoreTraits = {
  judgesRows: true,
  keepsFirstValue: true,
  refusesTooOld: true,
  keepsMarkers: true,
  keepsNaN: true,
  keepsEveryBit: true,
  listsWindowExactly: true,
};

interface AppendCase {
  readonly why: string;
  readonly rows: readonly (readonly number[])[];
  readonly result: AppendResult;
  readonly stored: readonly (readonly number[])[];
  /** The trait without which a store need not do this. */
  readonly needs?: keyof StoreTraits;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface Row {
  readonly labels: Labels;
  readonly at: number;
  readonly value: number;
}

export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  return new Matcher(name, operator, value);
}

/** Appends rows as one request. */
export function appendRows(writer: SeriesWriter, rows: readonly Row[], source: string | null = 'test'): Promise<AppendResult> {
  return writer.append({
    source,
    rows: { labels: rows.map((row) => row.labels), timestamps: rows.map((row) => row.at), values: rows.map((row) => row.value) },
  });
}

/** What a selection holds, as text that can be compared whatever the order of series. */
export async function readAll(reader: SeriesReader, selection: Selection): Promise<Record<string, readonly string[]>> {
  const found = await reader.select(selection);
  const lines = found.map(({ labels, timestamps, values }) => [
    labels.toString(),
    Array.from(timestamps, (at, i) => `${at}=${values[i] === STALE ? 'stale' : values[i]}`),
  ]);
  return Object.fromEntries(lines.sort());
}

/** The promises of `SeriesReader` and `SeriesWriter`, for every store. */
export function describeSeriesStore(name: string, open: () => Promise<StoreUnderTest>, lacking: Partial<StoreTraits> = {}): void {
  const traits = { ...ALL_TRAITS, ...lacking };
  describe(`${name} as a series store`, () => {
    let subject: StoreUnderTest;

    beforeEach(async () => {
      subject = await open();
    });

    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });

    const up = Labels.from({ __name__: 'up', job: 'api', environment: 'prod' });
    const at = (offsetMs: number) => subject.startMs + offsetMs;
    const always = (...matchers: readonly Matcher[]): Selection => ({ matchers, fromMs: at(0), toMs: at(60 * MINUTE) });
    const settle = async () => subject.settle?.();
    const append = async (...parameters: [rows: readonly Row[], source?: string | null]) => {
      const result = await appendRows(subject.store, ...parameters);
      await settle();
      return result;
    };
    /** A judgement, of a store that makes one. */
    const judged = (result: AppendResult, rows: number): AppendResult =>
      traits.judgesRows ? result : { accepted: rows, duplicate: 0, tooOld: 0 };
    const write = (...rows: readonly (readonly [offsetMs: number, value: number])[]) =>
      append(rows.map(([offsetMs, value]) => ({ labels: up, at: at(offsetMs), value })));
    const samples = async () => Object.values(await readAll(subject.store, always(matcher('__name__', '=', 'up'))))[0] ?? [];

    it.for([
      {
        why: 'in order',
        rows: [
          [0, 1],
          [15, 2],
        ],
        result: { accepted: 2, duplicate: 0, tooOld: 0 },
        stored: [
          [0, 1],
          [15, 2],
        ],
      },
      {
        why: 'out of order inside the window',
        rows: [
          [600, 1],
          [0, 2],
          [300, 3],
        ],
        result: { accepted: 3, duplicate: 0, tooOld: 0 },
        stored: [
          [0, 2],
          [300, 3],
          [600, 1],
        ],
      },
      {
        why: 'a repeat is taken and changes nothing',
        rows: [
          [0, 1],
          [0, 1],
        ],
        result: { accepted: 2, duplicate: 0, tooOld: 0 },
        stored: [[0, 1]],
      },
      {
        why: 'NaN repeats NaN',
        needs: 'keepsNaN',
        rows: [
          [0, Number.NaN],
          [0, Number.NaN],
        ],
        result: { accepted: 2, duplicate: 0, tooOld: 0 },
        stored: [[0, Number.NaN]],
      },
      {
        why: 'the first value at a time stays',
        needs: 'keepsFirstValue',
        rows: [
          [0, 1],
          [0, 2],
        ],
        result: { accepted: 1, duplicate: 1, tooOld: 0 },
        stored: [[0, 1]],
      },
      {
        why: 'also when it came out of order',
        needs: 'keepsFirstValue',
        rows: [
          [60, 1],
          [0, 1],
          [0, 2],
        ],
        result: { accepted: 2, duplicate: 1, tooOld: 0 },
        stored: [
          [0, 1],
          [60, 1],
        ],
      },
      {
        why: 'exactly the window behind is not too old',
        rows: [
          [1800, 1],
          [0, 2],
        ],
        result: { accepted: 2, duplicate: 0, tooOld: 0 },
        stored: [
          [0, 2],
          [1800, 1],
        ],
      },
      {
        why: 'further behind is',
        needs: 'refusesTooOld',
        rows: [
          [1801, 1],
          [0, 2],
        ],
        result: { accepted: 1, duplicate: 0, tooOld: 1 },
        stored: [[1801, 1]],
      },
      {
        why: 'infinities, negative zero and tiny numbers come back',
        needs: 'keepsEveryBit',
        rows: [
          [0, Infinity],
          [1, -Infinity],
          [2, 5e-324],
        ],
        result: { accepted: 3, duplicate: 0, tooOld: 0 },
        stored: [
          [0, Infinity],
          [1, -Infinity],
          [2, 5e-324],
        ],
      },
    ] as readonly AppendCase[])('append: $why', async ({ rows, result, stored, needs }, { skip }) => {
      skip(needs !== undefined && !traits[needs], `this engine lacks: ${needs}`);
      const written = await write(...rows.map(([seconds = 0, value = 0]) => [seconds * SECOND, value] as const));
      expect(written).toEqual(judged(result, rows.length));
      expect(await samples()).toEqual(stored.map(([seconds = 0, value]) => `${at(seconds * SECOND)}=${value}`));
    });

    it('judges rows of later requests by what earlier ones stored', async ({ skip }) => {
      skip(!traits.keepsFirstValue, 'this engine lacks: keepsFirstValue');
      await write([0, 1], [60 * SECOND, 2]);
      expect(await write([60 * SECOND, 3], [30 * SECOND, 4])).toEqual(judged({ accepted: 1, duplicate: 1, tooOld: 0 }, 2));
      expect(await samples()).toEqual([`${at(0)}=1`, `${at(30_000)}=4`, `${at(60_000)}=2`]);
    });

    it('judges requests made at once in the order they were made', async ({ skip }) => {
      skip(!traits.judgesRows, 'this engine lacks: judgesRows');
      const results = await Promise.all([write([0, 1]), write([0, 2]), write([0, 1])]);
      expect(results.map(({ accepted, duplicate }) => [accepted, duplicate])).toEqual([
        [1, 0],
        [0, 1],
        [1, 0],
      ]);
    });

    it('keeps staleness markers as rows', async ({ skip }) => {
      skip(!traits.keepsMarkers, 'this engine lacks: keepsMarkers');
      await write([0, 1], [15_000, STALE]);
      expect(await samples()).toEqual([`${at(0)}=1`, `${at(15_000)}=stale`]);
    });

    it('selects with both ends inclusive and leaves out series without a row in the window', async () => {
      await write([0, 1], [15_000, 2], [30_000, 3]);
      const read = (fromMs: number, toMs: number) => readAll(subject.store, { matchers: [], fromMs: at(fromMs), toMs: at(toMs) });
      expect(Object.values(await read(0, 15_000))).toEqual([[`${at(0)}=1`, `${at(15_000)}=2`]]);
      expect(await read(15_001, 29_999)).toEqual({});
      if (traits.listsWindowExactly) {
        expect(await subject.store.series({ matchers: [], fromMs: at(15_001), toMs: at(29_999) })).toEqual([]);
      }
    });

    it.for([
      { why: 'a name', matchers: [['__name__', '=', 'requests']], found: ['a', 'b', 'none'] },
      { why: 'equality', matchers: [['code', '=', '200']], found: ['a'] },
      { why: 'a value no series has', matchers: [['code', '=', '404']], found: [] },
      { why: 'a label no series has', matchers: [['colour', '=', 'red']], found: [] },
      { why: 'a pattern, anchored', matchers: [['code', '=~', '2.*|50']], found: ['a'] },
      { why: 'a pattern of alternatives', matchers: [['code', '=~', '200|500']], found: ['a', 'b'] },
      {
        why: 'inequality also matches series without the label',
        matchers: [['code', '!=', '200']],
        found: ['b', 'none', 'other'],
      },
      { why: 'so does a negated pattern', matchers: [['code', '!~', '2..']], found: ['b', 'none', 'other'] },
      { why: 'an empty value means: without the label', matchers: [['code', '=', '']], found: ['none', 'other'] },
      { why: 'not empty means: with the label', matchers: [['code', '!=', '']], found: ['a', 'b'] },
      {
        why: 'a pattern that matches nothing-at-all matches a missing label',
        matchers: [['code', '=~', '|200']],
        found: ['a', 'none', 'other'],
      },
      { why: '.+ needs the label', matchers: [['code', '=~', '.+']], found: ['a', 'b'] },
      {
        why: 'all matchers must hold',
        matchers: [
          ['__name__', '=~', 'req.*'],
          ['code', '!=', '500'],
          ['id', '!=', 'none'],
        ],
        found: ['a'],
      },
      {
        why: 'two matchers on one label',
        matchers: [
          ['code', '!=', ''],
          ['code', '!=', '200'],
        ],
        found: ['b'],
      },
    ] as const)('matches $why', async ({ matchers, found }) => {
      await append([
        { labels: Labels.from({ __name__: 'requests', id: 'a', code: '200' }), at: at(0), value: 1 },
        { labels: Labels.from({ __name__: 'requests', id: 'b', code: '500' }), at: at(0), value: 1 },
        { labels: Labels.from({ __name__: 'requests', id: 'none' }), at: at(0), value: 1 },
        { labels: Labels.from({ __name__: 'errors', id: 'other' }), at: at(0), value: 1 },
      ]);
      const selection = always(...matchers.map(([name, operator, value]) => matcher(name, operator, value)));
      expect(await subject.store.labelValues('id', selection)).toEqual(found);
      expect((await subject.store.select(selection)).map(({ labels }) => labels.get('id')).sort()).toEqual(found);
    });

    it('lists label names and values in order', async () => {
      await append([
        { labels: up, at: at(0), value: 1 },
        { labels: up.with({ job: 'a job' }), at: at(0), value: 1 },
      ]);
      expect(await subject.store.labelNames(always())).toEqual(['__name__', 'environment', 'job']);
      expect(await subject.store.labelValues('job', always())).toEqual(['a job', 'api']);
      expect(await subject.store.labelValues('nothing', always())).toEqual([]);
    });

    it('keeps hostile label values apart and whole', async () => {
      const values = ['"', '\\', '\n', '{}', '\u0000', '🙂', 'a'.repeat(2000), '__proto__', '%', "'; DROP TABLE series;--"];
      await append(
        values.map((value, i) => ({
          labels: Labels.from({ __name__: 'hostile', value, __proto__x: value }),
          at: at(0),
          value: i,
        })),
      );
      expect(await subject.store.labelValues('value', always())).toEqual([...values].sort());
    });

    it('knows which sources wrote what', async () => {
      await append([{ labels: up, at: at(0), value: 1 }], 'first');
      await append([{ labels: up, at: at(15_000), value: 1 }], 'second');
      await append([{ labels: Labels.from({ __name__: 'rule' }), at: at(0), value: 1 }], null);
      expect([...(await subject.store.sources([matcher('__name__', '=', 'up')]))].sort()).toEqual(['first', 'second']);
      expect([...(await subject.store.sources([matcher('__name__', '=', 'rule')]))]).toEqual([]);
    });

    it('keeps the newest watermark of a source', async () => {
      const move = (watermarkMs: number) =>
        subject.store.append({ source: 's', rows: { labels: [], timestamps: [], values: [] }, watermarkMs });
      expect(await subject.store.watermark('s')).toBeNull();
      await move(at(100));
      await move(at(50));
      expect(await subject.store.watermark('s')).toBe(at(100));
      expect(await subject.store.watermark('other')).toBeNull();
    });

    it('keeps metadata as last stated', async () => {
      const state = (help: string) =>
        subject.store.append({
          source: 's',
          rows: { labels: [up], timestamps: [at(0)], values: [1] },
          metadata: new Map([['up', { type: 'gauge', help, unit: '' }]]),
        });
      await state('old');
      await state('new');
      await settle();
      expect((await subject.store.metadata()).get('up')).toEqual({ type: 'gauge', help: 'new', unit: '' });
    });

    it('ends a select whose signal has aborted', async () => {
      await write([0, 1]);
      await expect(subject.store.select(always(), AbortSignal.abort(new Error('the client left')))).rejects.toThrow(
        'the client left',
      );
    });
  });
}
