import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with a request: answers it, never answers it, or closes the connection. */
export type FederationMode = 'serving' | 'hanging' | 'refusing';

export interface FederatedSeries {
  /** As it stands in an exposition: `queue_depth{queue="loans"}`. */
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The value that was "scraped" at a moment; the sampling is once a second. */
  readonly valueAt: (timeMs: number) => number;
}

const STEP_MS = 1000;

/**
 * A Prometheus server as far as federation sees it: `/federate`, range selectors on `/api/v1/query`, and nothing else. It goes on
 * sampling while it does not answer, as a real one behind a broken network does.
 */
export class FederationServer implements AsyncDisposable {
  mode: FederationMode = 'serving';
  readonly #startedAt = Date.now() - 60_000;
  readonly #series: readonly FederatedSeries[];
  readonly #server: Server;

  private constructor(series: readonly FederatedSeries[]) {
    this.#series = series;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async start(series: readonly FederatedSeries[]): Promise<FederationServer> {
    const federation = new FederationServer(series);
    await new Promise<void>((resolve) => federation.#server.listen(0, '127.0.0.1', resolve));
    return federation;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // a TCP server always has an AddressInfo
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    if (this.mode === 'refusing') {
      request.socket.destroy();
    } else if (this.mode === 'hanging') {
      // Nothing: the client's own timeout has to end it.
    } else if (pathname === '/federate') {
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(this.#newest());
    } else if (pathname === '/api/v1/query') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(this.#range(searchParams)));
    } else {
      response.writeHead(404).end();
    }
  }

  #newest(): string {
    const at = Math.floor(Date.now() / STEP_MS) * STEP_MS;
    return this.#series.map(({ text, valueAt }) => `${text} ${valueAt(at)} ${at}\n`).join('');
  }

  /** `anything[5000ms]` at `time`: every series' samples, as the range is open on the left. */
  #range(parameters: URLSearchParams): unknown {
    const toMs = Math.min(Math.round(Number(parameters.get('time')) * 1000), Date.now());
    const lengthMs = Number(/\[(\d+)ms\]$/.exec(parameters.get('query') ?? '')?.[1] ?? 0);
    const fromMs = Math.max(toMs - lengthMs, this.#startedAt);
    const times: number[] = [];
    for (let at = Math.floor(fromMs / STEP_MS) * STEP_MS + STEP_MS; at <= toMs; at += STEP_MS) {
      times.push(at);
    }
    const result = this.#series.map(({ labels, valueAt }) => ({
      metric: labels,
      values: times.map((at) => [at / 1000, String(valueAt(at))]),
    }));
    return { status: 'success', data: { resultType: 'matrix', result } };
  }
}
