import type { Engine } from '../engines/engine.ts';
import { fill } from './fill.ts';
import { LiveFeed } from './live-feed.ts';
import { Population, STEP_MS } from './population.ts';
import { RemoteWriteEncoder } from './remote-write.ts';

/** Fills engines with history up to now, then goes on at the samples' own times until disposed. */
export async function feedLive(
  started: readonly Engine[],
  { series, minutes, stepMs = STEP_MS }: { series: number; minutes: number; stepMs?: number },
): Promise<{ engines: readonly Engine[]; feed: LiveFeed }> {
  const startMs = Math.floor(Date.now() / stepMs) * stepMs - minutes * 60_000;
  const population = new Population({ series, startMs, stepMs });
  const encoder = new RemoteWriteEncoder(population);
  const slotNow = (): number => Math.floor((Date.now() - startMs) / stepMs);
  let engines: readonly Engine[] = started;
  let fromSlot = 0;
  for (let toSlot = slotNow(); toSlot > fromSlot; toSlot = slotNow()) {
    ({ engines } = await fill(engines, { population, encoder, fromSlot, toSlot }));
    fromSlot = toSlot;
  }
  return { engines, feed: new LiveFeed({ engines, population, encoder, fromSlot }) };
}
