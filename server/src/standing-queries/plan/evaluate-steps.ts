import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { EvaluationRange, QueryResult } from '../../promql/engine.ts';

/** Puts evaluations at the steps of a range together, as one of the range would give them, but in no order. */
export async function evaluateSteps(
  evaluate: (atMs: number) => QueryResult | Promise<QueryResult>,
  { startMs, endMs, stepMs }: EvaluationRange,
): Promise<QueryResult> {
  const steps = Math.floor((endMs - startMs) / stepMs) + 1;
  const series = new Map<string, { readonly labels: Labels; readonly values: Float64Array }>();
  const scalars = new Float64Array(steps);
  const warnings = new Set<string>();
  const infos = new Set<string>();
  let isScalar = false;
  for (let step = 0; step < steps; step += 1) {
    const result = await evaluate(startMs + step * stepMs);
    addAll(warnings, result.annotations.warnings);
    addAll(infos, result.annotations.infos);
    if (result.kind === 'scalar') {
      isScalar = true;
      scalars[step] = result.values[0] ?? Number.NaN;
    } else if (result.kind === 'vector') {
      for (const { labels, values } of result.series) {
        const known = series.get(labels.key) ?? { labels, values: new Float64Array(steps).fill(ABSENT) };
        series.set(labels.key, known);
        known.values[step] = values[0] ?? ABSENT;
      }
    }
  }
  const annotations = { warnings: [...warnings].sort(), infos: [...infos].sort() };
  return isScalar
    ? { kind: 'scalar', values: scalars, annotations }
    : { kind: 'vector', series: [...series.values()], annotations };
}

function addAll(to: Set<string>, texts: readonly string[]): void {
  for (const text of texts) {
    to.add(text);
  }
}
