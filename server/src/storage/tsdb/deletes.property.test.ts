import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { appendRows, matcher, readAll } from '../../model/series-store.contract.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERYTHING = { matchers: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

type Model = Map<string, Map<number, number>>;

const HOSTS = ['a', 'b', 'c'];
const labelsOf = (host: string) => Labels.from({ __name__: 'm', host });

/** Minutes after the start, for hosts in turn: several rows of one page, or single ones. */
const append = fc.record({
  kind: fc.constant('append' as const),
  minutes: fc.array(fc.integer({ min: 0, max: 240 }), { maxLength: 12 }),
  hosts: fc.subarray(HOSTS, { minLength: 1 }),
});
const remove = fc.record({
  kind: fc.constant('delete' as const),
  hosts: fc.subarray(HOSTS, { minLength: 1 }),
  from: fc.integer({ min: 0, max: 240 }),
  length: fc.integer({ min: 0, max: 120 }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: append },
  { weight: 2, arbitrary: remove },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('age' as const), hours: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

function expectedOf(model: Model): Record<string, readonly string[]> {
  const lines = [...model].map(([host, rows]) => {
    const sorted = [...rows].sort(([a], [b]) => a - b);
    return [labelsOf(host).toString(), sorted.map(([at, value]) => `${at}=${value}`)] as const;
  });
  return Object.fromEntries(lines.filter(([, rows]) => rows.length > 0).sort());
}

it('shows what was appended and not deleted since, through cuts, merges and restarts', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
      await using fixture = new TsdbFixture({ hotWindowMs: HOUR, blockRangeMs: 15 * MINUTE, outOfOrderWindowMs: 3 * HOUR });
      let store = await fixture.open();
      const model: Model = new Map(HOSTS.map((host) => [host, new Map()]));
      let value = 0;
      for (const step of steps) {
        if (step.kind === 'append') {
          const rows = step.minutes.flatMap((minute) =>
            step.hosts.map((host) => ({ host, labels: labelsOf(host), at: START_MS + minute * MINUTE, value: value++ })),
          );
          for (const { host, labels, at, value } of rows) {
            const { accepted } = await appendRows(store, [{ labels, at, value }]);
            const samples = model.get(host);
            if (accepted === 1) {
              expect(samples?.has(at), 'only what was not there is accepted').toBe(false);
              samples?.set(at, value);
            }
          }
        } else if (step.kind === 'delete') {
          const fromMs = START_MS + step.from * MINUTE;
          const toMs = fromMs + step.length * MINUTE;
          await store.deleteSeries({ matchers: [matcher('host', '=~', step.hosts.join('|'))], fromMs, toMs });
          for (const host of step.hosts) {
            const samples = model.get(host);
            for (const at of [...(samples?.keys() ?? [])].filter((at) => at >= fromMs && at <= toMs)) {
              samples?.delete(at);
            }
          }
        } else if (step.kind === 'age') {
          await fixture.clock.advance(step.hours * HOUR);
          await store.maintain();
        } else {
          store = await fixture.reopen();
        }
        expect(await readAll(store, EVERYTHING)).toEqual(expectedOf(model));
      }
    }),
    { numRuns: 60 },
  );
});
