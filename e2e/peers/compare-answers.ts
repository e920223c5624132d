import { expect } from 'vitest';
import { FEDERATED_QUERIES } from './federated-queries.ts';
import { instantQuery, type QueryTarget, relativeDifference } from './instant-query.ts';

/** Both servers sum floats, but not in the same order. */
const FLOAT_TOLERANCE = 1e-12;

/** Asks both servers all federated queries for a moment `settledMs` ago; fails on the first answer that differs. */
export async function compareAll(prometheus: QueryTarget, tila: QueryTarget, settledMs: number): Promise<void> {
  const atMs = await quietMoment(prometheus, Date.now() - settledMs);
  let worst = { difference: 0, expr: 'none' };
  for (const expr of FEDERATED_QUERIES) {
    const [theirs, ours] = await Promise.all([instantQuery(prometheus, expr, atMs), instantQuery(tila, expr, atMs)]);
    expect(theirs.size, `${expr} says nothing on this machine`).toBeGreaterThan(0);
    expect([...ours.keys()].sort(), expr).toEqual([...theirs.keys()].sort());
    for (const [series, value] of theirs) {
      const difference = relativeDifference(value, ours.get(series) ?? 'absent');
      expect(difference, `${expr} ${series}: ${value} there, ${ours.get(series)} here`).toBeLessThanOrEqual(FLOAT_TOLERANCE);
      worst = difference > worst.difference ? { difference, expr } : worst;
    }
  }
  process.stdout.write(
    `${FEDERATED_QUERIES.length} queries equal; largest relative difference ${worst.difference} (${worst.expr})\n`,
  );
}

/**
 * A moment near `wishedMs` at which no window of whole seconds begins on a sample: Prometheus before 3.0 counts such a sample,
 * later versions and Tila do not.
 */
async function quietMoment(prometheus: QueryTarget, wishedMs: number): Promise<number> {
  const query = new URLSearchParams({ query: '{job=~"node-federated|prometheus"}[60s]', time: (wishedMs / 1000).toFixed(3) });
  const response = await fetch(`${prometheus.url}/api/v1/query?${query}`);
  const body = (await response.json()) as { data: { result: { values: [number, string][] }[] } }; // the API's documented shape
  const phases = new Set(body.data.result.flatMap(({ values }) => values.map(([at]) => Math.round(at * 1000) % 1000)));
  const busy = (atMs: number) => [-1, 0, 1].some((near) => phases.has((atMs + near) % 1000));
  for (let atMs = wishedMs; atMs > wishedMs - 1000; atMs -= 7) {
    if (!busy(atMs)) {
      return atMs;
    }
  }
  throw new Error('samples at every moment of a second');
}
