import { setTimeout as pause } from 'node:timers/promises';
import { startEngines } from '../engines/all-engines.ts';
import type { Engine } from '../engines/engine.ts';
import { say } from '../figures.ts';
import { fill } from './fill.ts';
import { Population, STEP_MS } from './population.ts';
import { RemoteWriteEncoder } from './remote-write.ts';

export interface Filled {
  readonly engines: readonly Engine[];
  readonly population: Population;
  readonly encoder: RemoteWriteEncoder;
  readonly slots: number;
  readonly samples: number;
  /** After the newest sample, and about now. */
  readonly endMs: number;
}

const SETTLE_MS = 3000;

/** All engines with the same history up to now, sent by remote write. */
export async function startFilled(stack: AsyncDisposableStack, history: { series: number; minutes: number }): Promise<Filled> {
  const engines = await startEngines(stack);
  const slots = Math.ceil((history.minutes * 60_000) / STEP_MS);
  const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const population = new Population({ series: history.series, startMs: endMs - slots * STEP_MS });
  const encoder = new RemoteWriteEncoder(population);
  const startedAt = performance.now();
  const filled = await fill(engines, { population, encoder, fromSlot: 0, toSlot: slots });
  const seconds = (performance.now() - startedAt) / 1000;
  say(`${population.series} series, ${history.minutes} min, ${filled.samples} samples sent in ${seconds.toFixed(0)} s`);
  for (const engine of filled.engines) {
    await engine.flush();
  }
  await pause(SETTLE_MS);
  return { ...filled, population, encoder, slots, endMs };
}
