import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { eventually } from '../harness/eventually.ts';
import { compareAll } from './compare-answers.ts';
import { FEDERATED_QUERIES } from './federated-queries.ts';
import { instantQuery, type QueryTarget } from './instant-query.ts';
import { NodeExporter } from './node-exporter.ts';
import { Prometheus } from './prometheus.ts';

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
    await compareAll(prometheus, target(), SETTLED_MS);
  });

  it('and again over a downtime of 15 s, which was filled', async () => {
    await tila.stop();
    await pause(DOWN_MS);
    await tila.start();
    const restartedAt = Date.now();
    await eventually('the moment of the restart is settled', () => Date.now() > restartedAt + SETTLED_MS);
    const gap = await instantQuery(target(), 'count_over_time(up{job="node-federated"}[20s])', restartedAt);
    expect(Number([...gap.values()][0])).toBeGreaterThanOrEqual(19);
    await compareAll(prometheus, target(), SETTLED_MS);
  });
});
