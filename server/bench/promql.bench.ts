import { PromqlEngine } from '../src/promql/engine.ts';
import { instantAnswer, rangeAnswer } from '../src/query-workers/answer-json.ts';
import { EXPRESSIONS } from './expressions.ts';
import { Estate, STEP_MS } from './promql-estate.ts';

// The evaluator alone, over series that are in memory: what a query costs after the store has found them.
const SCALE = Number(process.env.TILA_BENCH_SCALE ?? '1');
const only = process.env.TILA_BENCH_EXPR ?? '';
const estate = new Estate(SCALE);
const engine = new PromqlEngine({ reader: estate, now: Date.now });
const atMs = estate.endMs;
const range = { startMs: atMs - 3_600_000, endMs: atMs, stepMs: STEP_MS };

/** The median time of a few runs, in milliseconds. */
async function measure(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return medianOf(times);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function report(figure: string, value: number, expr?: string): void {
  const conditions = expr === undefined ? {} : { expr };
  console.log(
    JSON.stringify({
      bench: 'promql',
      series: estate.seriesCount,
      ...conditions,
      figure,
      value: Number(value.toFixed(2)),
      unit: 'ms',
    }),
  );
}

const figures = {
  instant: (text: string) => measure(9, async () => engine.instant(text, atMs)),
  'instant with JSON': (text: string) => measure(9, async () => instantAnswer(await engine.instant(text, atMs), atMs)),
  'range 1 h at 15 s': (text: string) => measure(3, async () => engine.evaluate(text, range)),
  'range with JSON': (text: string) => measure(3, async () => rangeAnswer(await engine.evaluate(text, range), range)),
};

const medians = new Map<string, number[]>();
for (const { text } of EXPRESSIONS.filter((expression) => expression.text.includes(only))) {
  for (const [figure, run] of Object.entries(figures)) {
    const value = await run(text);
    medians.set(figure, [...(medians.get(figure) ?? []), value]);
    report(figure, value, text);
  }
}
for (const [figure, values] of medians) {
  report(`${figure}, median of all expressions`, medianOf(values));
}
