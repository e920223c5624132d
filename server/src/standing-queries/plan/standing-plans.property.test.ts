import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlEngine, type QueryResult } from '../../promql/engine.ts';
import { EvaluationError } from '../../promql/errors.ts';
import { expression } from './random-expression.fixture.ts';
import { RandomStore, SLOT_MS } from './random-store.fixture.ts';
import { StandingPlans } from './standing-plans.ts';

const SLOTS = 90;
const RUNS = 12;

type Outcome = { readonly error: string } | { readonly values: ReadonlyMap<string, number>; readonly said: readonly string[] };

async function outcomeOf(work: () => QueryResult | Promise<QueryResult>): Promise<Outcome> {
  try {
    const result = await work();
    const said = [...result.annotations.warnings, ...result.annotations.infos];
    if (result.kind === 'scalar') {
      return { values: new Map([['scalar', result.values[0] ?? 0]]), said };
    }
    const series = result.kind === 'vector' ? result.series : [];
    return { values: new Map(series.map(({ labels, values }) => [labels.toString(), values[0] ?? 0])), said };
  } catch (error) {
    if (error instanceof EvaluationError) {
      // Which of several clashing groups is named depends on the order of series, which no store promises.
      return { error: error.message.replace(/match group .*/, '') };
    }
    throw error;
  }
}

function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

// The engine warns of bad buckets of rows without any point too.
function differences(found: Outcome, wanted: Outcome): readonly string[] {
  if ('error' in found || 'error' in wanted) {
    const [a, b] = ['error' in found ? found.error : 'no error', 'error' in wanted ? wanted.error : 'no error'];
    return a === b ? [] : [`plan: ${a}; engine: ${b}`];
  }
  const keys = new Set([...found.values.keys(), ...wanted.values.keys()]);
  const values = [...keys].flatMap((key) => {
    const [a, b] = [found.values.get(key), wanted.values.get(key)];
    return a !== undefined && b !== undefined && isClose(a, b) ? [] : [`${key}: plan ${a}, engine ${b}`];
  });
  const unsaid = wanted.said.filter((text) => !found.said.includes(text) && !text.includes('bucket label "le" is missing'));
  const unheard = found.said.filter((text) => !wanted.said.includes(text));
  return [
    ...values,
    ...unsaid.map((text) => `only the engine says ${text}`),
    ...unheard.map((text) => `only the plan says ${text}`),
  ];
}

describe('plans', () => {
  it('answer as the engine does, at every slot, whatever comes, goes, comes late or fills a gap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(expression, { minLength: 25, maxLength: 25 }), async (seed, texts) => {
        await using random = new RandomStore(seed);
        await random.open();
        const { store } = random;
        const engine = new PromqlEngine({ reader: store });
        using plans = new StandingPlans({ hot: store, reader: store, engine });
        const queries = texts.map((text) => engine.prepare(text)).filter(({ type }) => type === 'vector' || type === 'scalar');
        for (let slot = 0; slot < SLOTS; slot += 1) {
          const timeMs = (await random.advance()) - (slot % 3 === 0 ? SLOT_MS : 0);
          for (const query of slot % 2 === 0 ? queries : queries.slice(0, 8)) {
            const found = await outcomeOf(() => plans.evaluate(query, timeMs));
            const wanted = await outcomeOf(() => engine.instant(query, timeMs));
            const difference = differences(found, wanted);
            expect({ slot, text: query.text, difference }).toEqual({ slot, text: query.text, difference: [] });
          }
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 300_000);
});
