import { once } from 'node:events';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../runtime/logger.ts';

export interface CheckpointerDeps {
  readonly databasePath: string;
  readonly logger: Logger;
}

/** A store whose log never grew to this does without the thread. */
const WAL_BYTES = 4 * 1024 * 1024;

/** Has checkpoints made on another thread once the write-ahead log is worth one. Without it SQLite would make them on this one, late. */
export class Checkpointer implements AsyncDisposable {
  readonly #deps: CheckpointerDeps;
  #worker: Worker | undefined;

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
  }

  /** Starts the thread when the log has become long. To be called now and then. */
  look(): void {
    const { databasePath, logger } = this.#deps;
    if (this.#worker !== undefined || (statSync(`${databasePath}-wal`, { throwIfNoEntry: false })?.size ?? 0) < WAL_BYTES) {
      return;
    }
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: databasePath });
    worker.unref();
    worker.once('error', (err) => {
      this.#worker = undefined;
      logger.warn({ err }, 'the checkpoint thread ended; another one is started');
    });
    this.#worker = worker;
  }

  /** Resolves when the thread has closed its connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) {
      worker.removeAllListeners('error');
      worker.ref();
      const ended = once(worker, 'exit').catch(() => undefined);
      worker.postMessage('stop');
      await ended;
    }
  }
}
