import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { ReplayThread } from './replay-thread.ts';
import { TsdbDatabase } from './tsdb-database.ts';
import { type ReplayedHead, replayWal } from './wal-replay.ts';

/** With less on disk there is less to replay than a thread costs. */
const WORTH_A_THREAD_BYTES = 16 * 1024 * 1024;

/**
 * What can be done for a store before everything else is there: the folder is locked, and where much is to be replayed a thread
 * has begun to. Either a store is opened with it, or it is disposed of.
 */
export class TsdbOpening implements AsyncDisposable {
  readonly #path: string;
  readonly #resources = new DisposableStack();
  readonly #thread: ReplayThread | undefined;

  /** @throws DataFolderInUseError */
  constructor(folder: string, worthAThreadBytes = WORTH_A_THREAD_BYTES) {
    this.#path = join(folder, 'metrics.db');
    this.#resources.use(lockDataFolder(folder));
    const bytes = sizeOf(this.#path) + sizeOf(`${this.#path}-wal`);
    this.#thread = bytes > 0 && bytes >= worthAThreadBytes ? new ReplayThread(this.#path) : undefined;
  }

  /** Opens the file for this thread too. To be called once. @throws TsdbFormatError, TsdbDamagedError */
  async database(): Promise<TsdbDatabase> {
    await this.#thread?.opened;
    return this.#resources.use(new TsdbDatabase(this.#path));
  }

  /** What the write-ahead log holds. A thread that fails is told, and its work done here. */
  async head(database: TsdbDatabase, logger: Logger): Promise<ReplayedHead> {
    try {
      return (await this.#thread?.head) ?? replayWal(database);
    } catch (err) {
      logger.warn({ err }, 'the write-ahead log could not be read on another thread; it is read again');
      return replayWal(database);
    }
  }

  /** Hands over the lock and the database: they are no longer given back with this. */
  take(): DisposableStack {
    return this.#resources.move();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]();
    if (!this.#resources.disposed) {
      this.#resources.dispose();
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
