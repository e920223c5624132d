import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { integerOf } from './rows.ts';

/**
 * A thread that copies committed pages from SQLite's write-ahead log into the file, so that its writes and fsyncs never hold the
 * event loop: they were what maintenance stalled on. Passive checkpoints wait for nobody and nobody waits for them.
 * Ends when it is told anything.
 */
const INTERVAL_MS = 100;
/** About 4 MB, as SQLite would do itself. */
const PAGES_PER_CHECKPOINT = 1_000;

async function checkpointUntil(path: string, signal: AbortSignal): Promise<void> {
  using database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;');
  const look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  while (!signal.aborted) {
    const state = look.get();
    if (integerOf(state, 'log') - integerOf(state, 'checkpointed') >= PAGES_PER_CHECKPOINT) {
      checkpoint.get();
    }
    await setTimeout(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

if (!isMainThread && parentPort !== null) {
  const told = new AbortController();
  parentPort.once('message', () => told.abort());
  // The thread that starts it hands over a path.
  await checkpointUntil(workerData as string, told.signal);
}
