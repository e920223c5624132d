import type { Engine } from '../engines/engine.ts';
import type { Population } from './population.ts';
import type { RemoteWriteEncoder } from './remote-write.ts';

export interface FillOptions {
  readonly population: Population;
  readonly encoder: RemoteWriteEncoder;
  readonly fromSlot: number;
  /** Not included. */
  readonly toSlot: number;
  /** Samples of a series in one request: many are quick to send, one is what a live Prometheus sends. */
  readonly slotsPerRequest?: number;
  readonly targetsPerRequest?: number;
  /** Says nothing of engines that take no more: they are to be killed. */
  readonly quietly?: boolean;
}

/**
 * Sends the same requests to all engines, each in order, two under way. An engine that takes nothing is out: it is said on standard
 * error, and the fill goes on for the others.
 * @returns How many samples were sent, and the engines that took them.
 */
export async function fill<E extends Engine>(
  engines: readonly E[],
  options: FillOptions,
): Promise<{ samples: number; engines: E[] }> {
  const { population, encoder, fromSlot, toSlot, slotsPerRequest = 20, targetsPerRequest = 20, quietly = false } = options;
  let taking = [...engines];
  let samples = 0;
  for (let slot = fromSlot; slot < toSlot; slot += slotsPerRequest) {
    const end = Math.min(slot + slotsPerRequest, toSlot);
    let sending: Promise<E[]> = Promise.resolve(taking);
    for (let first = 0; first < population.targets; first += targetsPerRequest) {
      const count = Math.min(targetsPerRequest, population.targets - first);
      const targets = Array.from({ length: count }, (_, index) => first + index);
      const body = encoder.encode({ targets, fromSlot: slot, toSlot: end });
      taking = await sending;
      sending = sendAll(taking, body, quietly);
      samples += count * 100 * (end - slot);
    }
    taking = await sending;
  }
  return { samples, engines: taking };
}

async function sendAll<E extends Engine>(engines: readonly E[], body: Uint8Array, quietly: boolean): Promise<E[]> {
  const sent = await Promise.allSettled(engines.map((engine) => engine.write(body)));
  for (const result of sent) {
    if (result.status === 'rejected' && !quietly) {
      process.stderr.write(`${result.reason instanceof Error ? result.reason.message : result.reason}; it is left out\n`);
    }
  }
  return engines.filter((_, index) => sent[index]?.status === 'fulfilled');
}
