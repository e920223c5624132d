import { say } from '../figures.ts';
import type { Engine, EngineSetup } from './engine.ts';
import { Prometheus } from './prometheus.ts';
import { TilaEngine } from './tila-engine.ts';
import { VictoriaMetrics } from './victoria-metrics.ts';

/** Tila and the peers this machine has, started; a peer that is absent is said aloud. */
export async function startEngines(
  stack: AsyncDisposableStack,
  setup: EngineSetup = {},
  peers: readonly ('Prometheus' | 'VictoriaMetrics')[] = ['Prometheus', 'VictoriaMetrics'],
): Promise<Engine[]> {
  const engines: Engine[] = [stack.use(new TilaEngine(setup))];
  for (const [name, variable, peer] of [
    ['Prometheus', 'TILA_PEER_PROMETHEUS', Prometheus],
    ['VictoriaMetrics', 'TILA_PEER_VICTORIA', VictoriaMetrics],
  ] as const) {
    const found = peers.includes(name) ? peer.find(setup) : undefined;
    if (found !== undefined) {
      engines.push(stack.use(found));
    } else if (peers.includes(name)) {
      say(`there is no ${name} here (install it or name it in ${variable}): its figures are left out`);
    }
  }
  for (const engine of engines) {
    await engine.start();
  }
  say(`measuring ${engines.map(({ name, version }) => `${name} ${version}`).join(', ')}`);
  return engines;
}
