import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface ReceivedCard {
  readonly at: number;
  readonly text: string;
  readonly body: unknown;
}

/** A Teams Workflows endpoint: takes cards with 202 and an empty body, or answers what the test tells it to. */
export class TeamsReceiver implements AsyncDisposable {
  readonly cards: ReceivedCard[] = [];
  /** Statuses for the next requests; 202 when empty. */
  readonly script: number[] = [];
  readonly refused: number[] = [];
  /** What a 429 asks for. */
  retryAfterSeconds = 1;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<TeamsReceiver> {
    const server = createServer();
    const receiver = new TeamsReceiver(server);
    server.on('request', async (request, response) => {
      const text = await bodyOf(request);
      const status = receiver.script.shift() ?? 202;
      if (status < 300) {
        receiver.cards.push({ at: Date.now(), text, body: JSON.parse(text) });
      } else {
        receiver.refused.push(status);
      }
      response.writeHead(status, status === 429 ? { 'Retry-After': String(receiver.retryAfterSeconds) } : {}).end();
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=test`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An SMTP server that keeps what it is given. */
export class MailReceiver implements AsyncDisposable {
  readonly mails: { readonly at: number; readonly mail: ParsedMail }[] = [];
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          this.mails.push({ at: Date.now(), mail });
          done();
        }, done);
      },
    });
  }

  static async start(): Promise<MailReceiver> {
    const receiver = new MailReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get smarthost(): string {
    return `127.0.0.1:${portOf(this.#server.server)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
