import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** From the first byte sent to the last one read, in milliseconds. */
  readonly ms: number;
}

export interface Exchange {
  readonly method?: 'GET' | 'POST';
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  readonly timeoutMs?: number;
}

class StaleConnectionError extends Error {}

/** A client that keeps its connections, and neither parses nor decompresses what it reads. */
export class HttpClient implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  /** A kept connection may have been closed by the other side just then, so that says nothing and is tried once more. */
  async send(url: string, exchange: Exchange = {}): Promise<Answer> {
    try {
      return await this.#send(url, exchange);
    } catch (error) {
      if (error instanceof StaleConnectionError) {
        return this.#send(url, exchange);
      }
      throw error;
    }
  }

  #send(url: string, { method = 'GET', headers = {}, body, timeoutMs = 180_000 }: Exchange): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
      const outgoing = request(url, { method, agent: this.#agent, headers: { ...headers, ...length }, timeout: timeoutMs });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer from ${url} within ${timeoutMs} ms`)));
      outgoing.once('error', (error) =>
        reject(outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET' ? new StaleConnectionError() : error),
      );
      outgoing.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), ms: performance.now() - startedAt }),
        );
      });
      outgoing.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** A TCP port nothing listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
