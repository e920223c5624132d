import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';

const SERVICES = 40;
/** The 40 series of a service that is fine, so that a scrape is not empty but for the failures. */
const HEALTHY = Array.from(
  { length: SERVICES },
  (_, n) => `bench_requests_total{environment="prod",cluster="bench",service="steady-${n}"} `,
);

/**
 * An exporter in this process on which one more failure shows at a time, each a series of its own that stays. A moment of
 * landing is when the response that brought the failure first had been handed to the operating system.
 */
export class FailingExporter implements AsyncDisposable {
  readonly landedAt = new Map<number, number>();
  readonly #server = createServer((_request, response) => {
    const upTo = this.#failures;
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(this.#page(), () => {
      const at = Date.now();
      for (let round = 1; round <= upTo; round += 1) {
        this.landedAt.set(round, this.landedAt.get(round) ?? at);
      }
    });
  });
  #failures = 0;
  #scrapes = 0;

  static async start(): Promise<FailingExporter> {
    const exporter = new FailingExporter();
    await new Promise<void>((resolve) => exporter.#server.listen(0, '127.0.0.1', resolve));
    return exporter;
  }

  get address(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** Fails once more, waits for the scrape that sees it, and then a little, so that rounds keep apart. Resolves with its number. */
  async failOnce(apartMs: number): Promise<number> {
    this.#failures += 1;
    const round = this.#failures;
    await eventually(`a scrape of failure ${round}`, () => this.landedAt.has(round));
    await pause(apartMs);
    return round;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #page(): string {
    this.#scrapes += 1;
    const failures = Array.from(
      { length: this.#failures },
      (_, n) => `bench_failure{environment="prod",cluster="bench",service="failing-${n + 1}",round="${n + 1}"} 1\n`,
    );
    return `${HEALTHY.map((series) => `${series}${this.#scrapes * 7}\n`).join('')}${failures.join('')}`;
  }
}
