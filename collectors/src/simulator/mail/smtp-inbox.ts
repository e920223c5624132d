import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { z } from 'zod';
import type { Inbox } from '../inbox/inbox.ts';

/** How the SMTP server takes mails: it accepts them, puts them off (451) or refuses them (550). */
export const MailModeRequest = z.strictObject({ mode: z.enum(['ok', '451', '550']) });

export type MailModeRequest = z.infer<typeof MailModeRequest>;

export interface SmtpInboxDeps {
  readonly clock: { now(): number };
  readonly inbox: Inbox;
}

const MAX_BYTES = 10 * 1024 * 1024;

/** An SMTP server on 127.0.0.1 that keeps every mail in the inbox and delivers none. No TLS; any login is taken. */
export class SmtpInbox implements AsyncDisposable {
  readonly #deps: SmtpInboxDeps;
  readonly #server: SMTPServer;
  #mode: MailModeRequest['mode'] = 'ok';

  constructor(deps: SmtpInboxDeps) {
    this.#deps = deps;
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      size: MAX_BYTES,
      closeTimeout: 200,
      disableReverseLookup: true,
      onAuth: (_auth, _session, callback) => callback(null, { user: 'demo' }),
      onData: (stream, session, callback) => {
        this.#take(stream, session).then(
          () => callback(),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
        );
      },
    });
    // A client that drops the connection is its own trouble; without a listener it would end the process.
    this.#server.on('error', () => undefined);
  }

  get mode(): MailModeRequest['mode'] {
    return this.#mode;
  }

  set(request: MailModeRequest): void {
    this.#mode = request.mode;
  }

  /** Resolves with the port that was taken. Rejects when it is not free. */
  async listen(port: number): Promise<number> {
    const server = this.#server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    // The address of a TCP server is an object; the string form is for pipes.
    return (server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(stream: Readable, session: SMTPServerSession): Promise<void> {
    const raw = await buffer(stream);
    if (this.#mode !== 'ok') {
      const text = this.#mode === '451' ? 'Requested action aborted: try again later' : 'Mailbox unavailable';
      throw Object.assign(new Error(text), { responseCode: Number(this.#mode) });
    }
    const mail = await simpleParser(raw);
    const { mailFrom, rcptTo } = session.envelope;
    this.#deps.inbox.add({
      kind: 'mail',
      receivedAt: this.#deps.clock.now(),
      bytes: raw.length,
      envelope: { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) },
      ...mailFields(mail),
    });
  }
}

function mailFields(mail: ParsedMail) {
  return {
    from: mail.from?.text ?? '',
    to: [mail.to ?? []]
      .flat()
      .map((address: AddressObject) => address.text)
      .join(', '),
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? '',
    inReplyTo: mail.inReplyTo ?? '',
    references: [mail.references ?? []].flat(),
    headers: mail.headerLines.map(({ line }) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    }),
    text: mail.text ?? '',
    html: typeof mail.html === 'string' ? mail.html : null,
    attachments: mail.attachments.map(({ filename, contentType, size }) => ({
      name: filename ?? '(unnamed)',
      contentType,
      bytes: size,
    })),
  };
}
