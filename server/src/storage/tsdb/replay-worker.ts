import { parentPort, workerData } from 'node:worker_threads';
import { TsdbDatabase } from './tsdb-database.ts';
import { type ReplayedHead, replayWal } from './wal-replay.ts';

/** What the thread says: first that the file is open, and so that others can open it without waiting; then what the log holds. */
export type FromReplay = { readonly kind: 'opened' } | { readonly kind: 'replayed'; readonly head: ReplayedHead };

/** A thread that reads the write-ahead log while the one that started it loads everything else, and then waits to be ended. */
function replay(database: TsdbDatabase, tell: (message: FromReplay, transfer?: ArrayBuffer[]) => void): void {
  tell({ kind: 'opened' });
  const head = replayWal(database);
  const { refs, ends, timestamps, values } = head.own;
  tell({ kind: 'replayed', head }, [refs.buffer, ends.buffer, timestamps.buffer, values.buffer]);
}

if (parentPort !== null) {
  const port = parentPort;
  // The thread that starts it hands over a path.
  const database = new TsdbDatabase(workerData as string);
  replay(database, (message, transfer) => port.postMessage(message, transfer));
  // Whoever closes a file as the last one locks it and copies all of SQLite's log into it: it stays open until the other has opened it too.
  port.once('message', () => database[Symbol.dispose]());
}
