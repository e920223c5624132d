import { parentPort, workerData } from 'node:worker_threads';
import { TsdbDatabase } from './tsdb-database.ts';
import { type ReplayedHead, replayWal } from './wal-replay.ts';

/** What the thread says: first that the file is open, and so that others can open it without waiting; then what the log holds. */
export type FromReplay = { readonly kind: 'opened' } | { readonly kind: 'replayed'; readonly head: ReplayedHead };

/** A thread that reads the write-ahead log while the one that started it loads everything else. Ends when that is done. */
function replay(path: string, tell: (message: FromReplay, transfer?: ArrayBuffer[]) => void): void {
  using database = new TsdbDatabase(path);
  tell({ kind: 'opened' });
  const head = replayWal(database);
  const { refs, ends, timestamps, values } = head.own;
  tell({ kind: 'replayed', head }, [refs.buffer, ends.buffer, timestamps.buffer, values.buffer]);
}

if (parentPort !== null) {
  const port = parentPort;
  // The thread that starts it hands over a path.
  replay(workerData as string, (message, transfer) => port.postMessage(message, transfer));
}
