import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { HttpError } from './http-error.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly chunks: readonly Buffer[];
}

/**
 * A request and its whole answer, which can be given up at any time. It takes undici's parts without a stream and an abort signal a
 * request, which cost more than all the rest of a small scrape.
 */
export class Exchange {
  readonly #maxBytes: number;
  #reception: Reception | undefined;
  #reason: unknown;
  #isAborted = false;

  /** @param maxBytes of the body as it comes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** May be called again once it has settled. Rejects with the reason when it is given up, before or meanwhile. */
  run(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isAborted) {
        reject(this.#reason);
        return;
      }
      this.#reception = new Reception(this.#maxBytes, resolve, reject);
      dispatcher.dispatch(options, this.#reception);
    });
  }

  abort(reason: unknown): void {
    if (!this.#isAborted) {
      this.#isAborted = true;
      this.#reason = reason;
      this.#reception?.abort(reason);
    }
  }
}

/** @param maxBytes what a body may have at most */
export function tooLarge(maxBytes: number, cause?: unknown): HttpError {
  return new HttpError(`the answer is larger than ${maxBytes} bytes`, { cause, status: 413 });
}

/** What undici tells of one request. */
class Reception implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #bytes = 0;
  #aborted: Error | undefined;

  constructor(maxBytes: number, resolve: (answer: RawAnswer) => void, reject: (reason: unknown) => void) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  abort(reason: unknown): void {
    this.#aborted = reason instanceof Error ? reason : new Error(String(reason));
    this.#controller?.abort(this.#aborted);
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) {
      controller.abort(this.#aborted);
    }
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Informational ones come before the answer and are overwritten by it.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      this.abort(tooLarge(this.#maxBytes));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#resolve({ status: this.#status, headers: this.#headers, chunks: this.#chunks });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
