import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An exporter whose page the test writes. Stopping it makes scrapes fail as they do when a process dies. */
export class Exporter implements AsyncDisposable {
  page = '';
  scrapes = 0;
  #server: Server | undefined;
  #port = 0;

  static async start(page: string): Promise<Exporter> {
    const exporter = new Exporter();
    exporter.page = page;
    await exporter.start();
    return exporter;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    const server = createServer((_request, response) => {
      this.scrapes += 1;
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(this.page);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port; // a TCP server always has an AddressInfo
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
