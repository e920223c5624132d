import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import { appendRows, type Row, readAll } from '../../model/series-store.contract.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';

const MINUTE = 60_000;
const OUT_OF_ORDER_WINDOW_MS = 30 * MINUTE;

/** The store's rules, as plainly as they can be written. */
class NaiveStore {
  readonly #series = new Map<string, Map<number, number>>();

  append(rows: readonly Row[]) {
    const tally = { accepted: 0, duplicate: 0, tooOld: 0 };
    for (const row of rows) {
      tally[this.#add(row)] += 1;
    }
    return tally;
  }

  read(fromMs: number, toMs: number): Record<string, readonly string[]> {
    const lines = [...this.#series].map(([name, samples]) => {
      const inside = [...samples].filter(([at]) => at >= fromMs && at <= toMs).sort(([a], [b]) => a - b);
      return [name, inside.map(([at, value]) => `${at}=${value === STALE ? 'stale' : value}`)] as const;
    });
    return Object.fromEntries(lines.filter(([, samples]) => samples.length > 0).sort());
  }

  #add({ labels, at, value }: Row): 'accepted' | 'duplicate' | 'tooOld' {
    const samples = this.#series.get(labels.toString()) ?? new Map<number, number>();
    this.#series.set(labels.toString(), samples);
    if (samples.size > 0 && at < Math.max(...samples.keys()) - OUT_OF_ORDER_WINDOW_MS) {
      return 'tooOld';
    }
    const stored = samples.get(at);
    if (stored === undefined) {
      samples.set(at, value);
      return 'accepted';
    }
    return stored === value || (Number.isNaN(stored) && Number.isNaN(value)) ? 'accepted' : 'duplicate';
  }
}

const row = fc.record({
  labels: fc
    .tuple(fc.constantFrom('up', 'load'), fc.constantFrom('a', 'b', ''))
    .map(([name, job]) => Labels.from({ __name__: name, job })),
  at: fc.oneof(
    fc.integer({ min: 0, max: 12 }).map((step) => START_MS + step * 7 * MINUTE),
    fc.integer({ min: 0, max: 90 * MINUTE }).map((offset) => START_MS + offset),
  ),
  value: fc.oneof(
    fc.constantFrom(0, 1, -1, STALE, Number.NaN, Infinity, -Infinity, 0.1, 1e300, 2 ** 53),
    fc.double({ noDefaultInfinity: true }).map((value) => value + 0),
    fc.integer(),
  ),
});

const PAGE = Array.from({ length: 24 }, (_, i) => Labels.from({ __name__: i < 14 ? 'page' : 'other_page', i: `${i}` }));
const pageValue = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(STALE, Number.NaN, 0.1) },
);

/** A run of series written together, with some missing and now and then a time of its own: what makes, fills and breaks groups. */
const page = fc
  .record({
    from: fc.integer({ min: 0, max: 12 }),
    to: fc.integer({ min: 8, max: PAGE.length }),
    at: fc.integer({ min: 0, max: 40 }).map((slot) => START_MS + slot * 2 * MINUTE),
    rows: fc.array(fc.record({ value: pageValue, fate: fc.integer({ min: 0, max: 19 }) }), { minLength: 24, maxLength: 24 }),
  })
  .map(({ from, to, at, rows }): Row[] =>
    PAGE.slice(from, to).flatMap((labels, i) => {
      const { value, fate } = rows[i] ?? { value: 0, fate: 0 };
      return fate === 0 ? [] : [{ labels, at: fate === 1 ? at + 1 : at, value }];
    }),
  );

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: page }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: fc.array(row, { maxLength: 25 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), afterMs: fc.integer({ min: 0, max: 120 * MINUTE }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

const readWindow = fc.tuple(fc.integer({ min: -10, max: 100 }), fc.integer({ min: 0, max: 100 }));

it('behaves like a map of sorted samples, whatever is appended, cut and reopened in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), readWindow, async (steps, [from, length]) => {
      await using fixture = new TsdbFixture({
        hotWindowMs: 10 * MINUTE,
        blockRangeMs: 20 * MINUTE,
        outOfOrderWindowMs: OUT_OF_ORDER_WINDOW_MS,
      });
      let store = await fixture.open();
      const naive = new NaiveStore();
      for (const step of steps) {
        switch (step.kind) {
          case 'append':
            expect(await appendRows(store, step.rows)).toEqual(naive.append(step.rows));
            break;
          case 'cut':
            await fixture.clock.advance(step.afterMs);
            await store.maintain();
            break;
          case 'reopen':
            store = await fixture.reopen();
            break;
        }
        const everything = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
        expect(await readAll(store, everything)).toEqual(naive.read(0, Number.MAX_SAFE_INTEGER));
      }
      const window = { matchers: [], fromMs: START_MS + from * MINUTE, toMs: START_MS + (from + length) * MINUTE };
      const expected = naive.read(window.fromMs, window.toMs);
      expect(await readAll(store, window)).toEqual(expected);
      expect((await store.series(window)).map(String).sort()).toEqual(Object.keys(expected).sort());
    }),
    { numRuns: 120 },
  );
});
