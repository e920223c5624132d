import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { FEDERATED_QUERIES } from './federated-queries.ts';
import { instantQuery, type QueryTarget, relativeDifference } from './instant-query.ts';
import { NodeExporter } from './node-exporter.ts';
import { Prometheus } from './prometheus.ts';

/** Both servers sum floats, but not in the same order. */
const FLOAT_TOLERANCE = 1e-12;
const COLLECT_MS = 45_000;
const DOWN_MS = 15_000;
const SETTLED_MS = 10_000;

const config = (prometheus: string): string => `sources:
  - type: prometheus_federate
    name: prometheus
    url: ${prometheus}
    match: ['{job="node-federated"}', '{job="prometheus"}']
    interval: 500ms
`;

describe('federated series give the answers of the Prometheus they come from', () => {
  const stack = new AsyncDisposableStack();
  let prometheus: Prometheus;
  let tila: Console;
  let cookie: string;

  beforeAll(async () => {
    const exporter = stack.use(await NodeExporter.start());
    prometheus = stack.use(await Prometheus.start(exporter.address));
    tila = stack.use(new Console({ config: config(prometheus.url), rules: '', routing: '' }));
    await tila.start();
    cookie = await tila.signIn();
    await pause(COLLECT_MS + SETTLED_MS);
  });

  afterAll(() => stack.disposeAsync());

  const target = (): QueryTarget => ({ url: tila.url, headers: { Cookie: cookie } });

  it('for 50 queries over what was collected', async () => {
    expect(FEDERATED_QUERIES).toHaveLength(50);
    await compareAll(prometheus, target());
  });

  it('and again over a downtime of 15 s, which was filled', async () => {
    await tila.stop();
    await pause(DOWN_MS);
    await tila.start();
    const restartedAt = Date.now();
    await eventually('the moment of the restart is settled', () => Date.now() > restartedAt + SETTLED_MS);
    const gap = await instantQuery(target(), 'count_over_time(up{job="node-federated"}[20s])', restartedAt);
    expect(Number([...gap.values()][0])).toBeGreaterThanOrEqual(19);
    await compareAll(prometheus, target());
  });
});

async function compareAll(prometheus: Prometheus, tila: QueryTarget): Promise<void> {
  const atMs = await quietMoment(prometheus, Date.now() - SETTLED_MS);
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
async function quietMoment(prometheus: Prometheus, wishedMs: number): Promise<number> {
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
