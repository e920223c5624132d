import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlEngine, type QueryResult } from '../../promql/engine.ts';
import { EvaluationError, QueryLimitError } from '../../promql/errors.ts';
import { DividedQueries } from '../../promql/shares.fixture.ts';
import { expression } from './random-expression.fixture.ts';
import { RandomStore, SLOT_MS } from './random-store.fixture.ts';

const SLOTS = 70;
const RUNS = 6;
const TEXTS = 90;

async function outcomeOf(work: Promise<QueryResult>): Promise<QueryResult | string> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof QueryLimitError) {
      // Which of several clashing groups is named depends on the order of series, and shares leave out those without a point.
      return error.message.replace(/match group .*/, '');
    }
    throw error;
  }
}

function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

/** The same series, as texts, with points that are close to the wanted ones taken for equal. */
function comparable(found: QueryResult | string, wanted: QueryResult | string): unknown {
  if (typeof found === 'string' || typeof wanted === 'string' || found.kind !== 'vector' || wanted.kind !== 'vector') {
    return found;
  }
  const byLabels = new Map(wanted.series.map(({ labels, values }) => [labels.toString(), values]));
  const series = found.series.map(({ labels, values }) => {
    const others = byLabels.get(labels.toString());
    return [labels.toString(), [...values].map((value, i) => (isClose(value, others?.[i] ?? 0) ? others?.[i] : value))] as const;
  });
  return { series: new Map(series), annotations: found.annotations };
}

describe('queries in shares', () => {
  it('answer, warn and fail as the same queries in one piece', async () => {
    let divided = 0;
    const setting = fc.record({
      seed: fc.integer(),
      shares: fc.integer({ min: 2, max: 4 }),
      steps: fc.constantFrom(1, 2, 30),
      texts: fc.array(expression, { minLength: TEXTS, maxLength: TEXTS }),
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ seed, shares, steps, texts }) => {
        await using random = new RandomStore(seed);
        await random.open();
        let endMs = 0;
        for (let slot = 0; slot < SLOTS; slot += 1) {
          endMs = await random.advance();
        }
        const range = { startMs: endMs - (steps - 1) * SLOT_MS, endMs, stepMs: SLOT_MS };
        const whole = new PromqlEngine({ reader: random.store });
        const inShares = new DividedQueries(random.store, shares);
        for (const text of texts) {
          const wanted = await outcomeOf(whole.evaluate(text, range));
          const found = await outcomeOf(inShares.evaluate(text, range));
          expect(comparable(found, wanted), text).toEqual(comparable(wanted, wanted));
        }
        divided += inShares.divided;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(divided).toBeGreaterThan((RUNS * TEXTS) / 2);
  }, 120_000);
});
