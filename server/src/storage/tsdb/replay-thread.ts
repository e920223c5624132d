import { Worker } from 'node:worker_threads';
import type { FromReplay } from './replay-worker.ts';
import type { ReplayedHead } from './wal-replay.ts';

/** Reads the write-ahead log on another thread, which keeps the file open until it is disposed of. */
export class ReplayThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #opened = Promise.withResolvers<void>();
  readonly #head = Promise.withResolvers<ReplayedHead>();
  readonly #ended: Promise<unknown>;
  #isDone = false;

  constructor(databasePath: string) {
    this.#worker = new Worker(new URL('./replay-worker.ts', import.meta.url), { name: 'tila-replay', workerData: databasePath });
    this.#worker.on('message', (message: FromReplay) => {
      this.#opened.resolve();
      if (message.kind === 'replayed') {
        this.#isDone = true;
        this.#head.resolve(message.head);
      }
    });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    const fail = (reason: unknown): void => {
      this.#opened.resolve();
      this.#head.reject(reason);
    };
    this.#worker.once('error', fail);
    this.#worker.once('exit', (code) => fail(new Error(`the thread ended with code ${code}`)));
    // Whoever wants it may come later, or not at all.
    this.#head.promise.catch(() => undefined);
  }

  /** Resolves when the file is open, brought to this format, and may be opened by others; or when the thread failed. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Rejects with whatever kept the thread from reading. */
  get head(): Promise<ReplayedHead> {
    return this.#head.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDone) {
      this.#worker.postMessage('end');
      await this.#ended;
    } else {
      await this.#worker.terminate();
    }
  }
}
