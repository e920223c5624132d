import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { HttpClient } from '../engines/http.ts';

const ProbeRun = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  perSecond: z.number(),
  durationMs: z.number(),
});
export type ProbeRun = z.infer<typeof ProbeRun>;

/**
 * Asks for an address at fixed moments, from a thread of its own. Resolves with how long each answer took in milliseconds: a request is
 * sent whether or not the one before was answered, so a stall delays all that fall into it.
 */
export async function probe(run: ProbeRun): Promise<readonly number[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: run });
  const [waits] = await once(worker, 'message');
  return z.array(z.number()).parse(waits);
}

if (!isMainThread) {
  const { url, headers, perSecond, durationMs } = ProbeRun.parse(workerData);
  using http = new HttpClient();
  const startedAt = performance.now();
  const waits: Promise<number>[] = [];
  for (let sent = 0; performance.now() - startedAt < durationMs; sent += 1) {
    await pause(Math.max(startedAt + (sent * 1000) / perSecond - performance.now(), 0));
    waits.push(http.send(url, { headers }).then(({ ms }) => ms));
  }
  parentPort?.postMessage(await Promise.all(waits));
}
