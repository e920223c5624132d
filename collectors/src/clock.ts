/** Wall time and timers, shaped like the server's clock so that one process hands the same one to both. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, no earlier than `delayMs` from now. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Resolves after `delayMs`. Rejects with the signal's reason as soon as it aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Pauses one after the other under one signal, listened to once for all of them. */
export class Pauses implements Disposable {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #cancel: (() => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  readonly #abort = (): void => {
    this.#cancel?.();
    this.#reject?.(this.#signal.reason);
  };

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Resolves after `delayMs`. Rejects with the signal's reason as soon as it aborts. To be awaited before the next. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted();
      this.#reject = reject;
      this.#cancel = this.#clock.after(delayMs, resolve);
    });
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#abort);
  }
}
