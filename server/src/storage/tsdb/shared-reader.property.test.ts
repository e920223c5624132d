import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import { appendRows, matcher, type Row, readAll } from '../../model/series-store.contract.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { type ReadBudget, SharedReader } from './shared-reader.ts';
import { SharedTables } from './shared-tables.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';
import type { Tsdb } from './tsdb.ts';

const MINUTE = 60_000;
const UNLIMITED: ReadBudget = { checkpoint: () => undefined, countSeries: () => undefined, countSamples: () => undefined };

const PAGE = Array.from({ length: 20 }, (_, i) => Labels.from({ __name__: i < 12 ? 'page' : 'other', i: `${i}` }));

/** Series written together, with holes, stale marks, and now and then a time of its own. */
const page = fc
  .record({
    slot: fc.integer({ min: 0, max: 60 }),
    from: fc.integer({ min: 0, max: 15 }),
    fates: fc.array(fc.integer({ min: 0, max: 19 }), { minLength: 20, maxLength: 20 }),
  })
  .map(({ slot, from, fates }): Row[] =>
    PAGE.slice(from).flatMap((labels, i) => {
      const fate = fates[i] ?? 2;
      const at = START_MS + slot * 2 * MINUTE + (fate === 1 ? 1 : 0);
      return fate === 0 ? [] : [{ labels, at, value: fate === 2 ? STALE : slot * 10 + fate }];
    }),
  );

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: page }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut' as const), afterMs: fc.integer({ min: 0, max: 40 * MINUTE }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const, afterMs: 180 * MINUTE }) },
);

const window = fc.tuple(fc.integer({ min: -5, max: 125 }), fc.integer({ min: 0, max: 130 }));
const matchers = fc.constantFrom(
  [],
  [matcher('__name__', '=', 'page')],
  [matcher('__name__', '=', 'page'), matcher('i', '=~', '1.*|3')],
  [matcher('i', '!=', '4')],
);

const HOT = { hotWindowMs: 10 * MINUTE, blockRangeMs: 20 * MINUTE };
const asked = fc.record({
  matchers,
  hint: fc.constantFrom(undefined, { function: '' }, { function: 'rate' }, { function: 'max_over_time' }),
  options: fc.constantFrom(
    HOT,
    HOT,
    { ...HOT, retentionMs: 60 * MINUTE },
    { ...HOT, retentionMs: 60 * MINUTE, retention5mMs: 60 * MINUTE },
  ),
});

it('gives what the store itself gives, through appends, cuts and both at the same time', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      window,
      asked,
      async (steps, [from, length], { matchers, hint, options }) => {
        await using fixture = new TsdbFixture(options);
        const store = await fixture.open();
        // What a query worker has: a connection of its own, opened once.
        using tables = new SharedTables(store.databasePath, silentLogger);
        const reader = new SharedReader({ resolve: (request) => store.resolve(request), tables, budget: UNLIMITED });
        const selection = {
          matchers,
          ...(hint !== undefined && { hint }),
          fromMs: START_MS + from * MINUTE,
          toMs: START_MS + (from + length) * MINUTE,
        };
        for (const step of steps) {
          if (step.kind === 'append') {
            await appendRows(store, step.rows);
          } else {
            await fixture.clock.advance(step.afterMs);
            const before = await readAll(store, selection);
            const cutting = store.maintain();
            const during = await readAll(asReader(reader, store), selection);
            if (options === HOT) {
              // Retention would change the answer.
              expect(during, 'while rows move to blocks').toEqual(before);
            }
            await cutting;
          }
          const expected = await readAll(store, selection);
          expect(await readAll(asReader(reader, store), selection)).toEqual(expected);
          compared += Object.keys(expected).length;
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(300);
}, 60_000);

function asReader(reader: SharedReader, store: Tsdb) {
  return Object.assign(Object.create(store) as Tsdb, { select: reader.select.bind(reader) });
}
