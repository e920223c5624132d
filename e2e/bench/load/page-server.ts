import { createServer, type Server } from 'node:http';
import type { ExpositionWriter } from './exposition.ts';
import type { Population } from './population.ts';

/**
 * Serves a population's pages, a new slot every interval. Every address below 127.0.0.0/8 is a target of its own on one port: target n at
 * `127.1.x.y`, all targets on one page at `127.0.0.1`.
 */
export class PageServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #pages = new Map<string, { readonly slot: number; readonly page: string }>();
  readonly #served = new Map<string, number>();
  readonly #startedAt = Date.now();
  #port = 0;

  private constructor({ population, writer }: { population: Population; writer: ExpositionWriter }) {
    const all = Array.from({ length: population.targets }, (_, index) => index);
    this.#server = createServer((request, response) => {
      const address = request.socket.localAddress ?? '';
      const slot = Math.floor((Date.now() - this.#startedAt) / population.stepMs);
      const targets = targetsAt(address) ?? all;
      const page = this.#page(address, slot, () => writer.page(targets, slot));
      const agent = request.headers['user-agent'] ?? '';
      response.once('finish', () => this.#served.set(agent, (this.#served.get(agent) ?? 0) + targets.length * 100));
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(page);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(of: { population: Population; writer: ExpositionWriter }): Promise<PageServer> {
    const server = new PageServer(of);
    await new Promise<void>((resolve) => server.#server.listen(0, '0.0.0.0', resolve));
    const address = server.#server.address();
    server.#port = address !== null && typeof address === 'object' ? address.port : 0;
    return server;
  }

  /** Where one target is, or all of them on one page. */
  address(target?: number): string {
    return `${target === undefined ? '127.0.0.1' : `127.1.${target >> 8}.${target & 255}`}:${this.#port}`;
  }

  /** Samples that clients have read to the end so far, by their user agent. */
  served(): ReadonlyMap<string, number> {
    return new Map(this.#served);
  }

  /** The same page for every engine, so that a slot's values are made once. */
  #page(address: string, slot: number, make: () => string): string {
    const known = this.#pages.get(address);
    if (known !== undefined && known.slot >= slot) {
      return known.page;
    }
    const page = make();
    this.#pages.set(address, { slot, page });
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function targetsAt(address: string): readonly number[] | undefined {
  const [, high, low] = /127\.1\.(\d+)\.(\d+)$/.exec(address) ?? [];
  return high === undefined || low === undefined ? undefined : [Number(high) * 256 + Number(low)];
}
