import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Logger } from '../../../runtime/logger.ts';
import type { SendOutcome } from '../../delivery/delivery.ts';
import { oneLine, shorten, subject } from '../headline.ts';
import type { Integration, RenderedNotification } from '../integration.ts';
import type { Notification } from '../notification.ts';
import type { EmailConfig } from '../receiver-config.ts';
import { type LinkBuilder, type TemplateRenderer, templateData } from '../template-renderer.ts';
import { emailBody } from './email-content.ts';

export interface EmailDeps {
  readonly renderer: TemplateRenderer;
  readonly links: LinkBuilder;
  readonly logger: Logger;
}

/** A mail as it is stored: everything but server and credentials. */
const StoredMail = z.object({
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  date: z.string(),
  messageId: z.string(),
  references: z.string().optional(),
  headers: z.record(z.string(), z.string()),
});
type StoredMail = z.infer<typeof StoredMail>;

/** Mail by SMTP. A retried delivery carries the same Message-ID, so that mail programs fold a possible repeat. */
export class EmailIntegration implements Integration {
  readonly kind = 'email';
  readonly rate = { perSecond: 5, burst: 10 };
  readonly sendResolved: boolean;
  readonly #config: EmailConfig;
  readonly #deps: EmailDeps;

  constructor(config: EmailConfig, deps: EmailDeps) {
    this.#config = config;
    this.#deps = deps;
    this.sendResolved = config.sendResolved;
  }

  async render(notification: Notification): Promise<RenderedNotification> {
    const body = emailBody(notification, this.#deps.links);
    const { Subject: subjectTemplate, ...others } = canonical(this.#config.headers);
    const line = oneLine(await this.#text(notification, subjectTemplate, subject(notification)));
    const headers = await Promise.all(
      Object.entries(others).map(async ([name, template]) => [name, oneLine(await this.#text(notification, template, template))]),
    );
    const mail: StoredMail = {
      from: oneLine(await this.#text(notification, plainOrTemplate(this.#config.from), this.#config.from)),
      to: oneLine(await this.#text(notification, plainOrTemplate(this.#config.to), this.#config.to)),
      subject: shorten(line, 250),
      text: await this.#text(notification, this.#config.text, body.text),
      html: await this.#html(notification, body.html),
      date: new Date(notification.createdAt).toISOString(),
      messageId: `<${notification.id}@tila>`,
      ...this.#threading(notification),
      headers: { 'X-Tila-Group': shorten(oneLine(notification.groupKey), 500), ...Object.fromEntries(headers) },
    };
    return { title: mail.subject, payload: JSON.stringify(mail) };
  }

  async send(payload: string, signal: AbortSignal): Promise<SendOutcome> {
    if (signal.aborted) {
      return { outcome: 'retry', status: null, detail: 'stopping' };
    }
    try {
      const transport = createTransport(await this.#transportOptions());
      const cut = () => transport.close();
      signal.addEventListener('abort', cut, { once: true });
      try {
        const sent = await transport.sendMail(toMessage(StoredMail.parse(JSON.parse(payload))));
        return { outcome: 'sent', as: 'delivered', status: replyCode(sent.response) ?? 250, detail: shorten(sent.response, 200) };
      } finally {
        signal.removeEventListener('abort', cut);
        transport.close();
      }
    } catch (error) {
      return interpretSmtpError(error);
    }
  }

  /** Keeps the text part only. */
  shrink(payload: string): string {
    const mail = StoredMail.parse(JSON.parse(payload));
    return JSON.stringify({ ...mail, text: shorten(mail.text, 4000), html: '' });
  }

  async #transportOptions() {
    const { host, port, hello, auth, requireTls, implicitTls, verifyTls, timeoutMs } = this.#config;
    const password = await auth?.password.reveal();
    return {
      host,
      port,
      secure: implicitTls,
      requireTLS: requireTls && !implicitTls,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      tls: { rejectUnauthorized: verifyTls },
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(hello === undefined ? {} : { name: hello }),
      ...(auth === undefined || password === undefined ? {} : { auth: { user: auth.username, pass: password } }),
    };
  }

  /** One thread per group and day, as Alertmanager makes it: all mails refer to one root that is never sent. */
  #threading(notification: Notification): Pick<StoredMail, 'references'> {
    const { enabled, byDate } = this.#config.threading;
    if (!enabled) {
      return {};
    }
    const hash = createHash('sha256').update(notification.groupKey).digest('hex').slice(0, 16);
    const date = byDate === 'daily' ? new Date(notification.createdAt).toISOString().slice(0, 10) : '';
    return { references: `<alert-${hash}-${date}@alertmanager>` };
  }

  async #text(notification: Notification, template: string | undefined, builtIn: string): Promise<string> {
    return await this.#rendered(notification, { template, builtIn, isHtml: false });
  }

  async #html(notification: Notification, builtIn: string): Promise<string> {
    return await this.#rendered(notification, { template: this.#config.html, builtIn, isHtml: true });
  }

  async #rendered(
    notification: Notification,
    how: { template: string | undefined; builtIn: string; isHtml: boolean },
  ): Promise<string> {
    if (how.template === undefined) {
      return how.builtIn;
    }
    const data = templateData(notification, this.#deps.links);
    try {
      const { renderer } = this.#deps;
      return await (how.isHtml ? renderer.renderHtml(how.template, data) : renderer.render(how.template, data));
    } catch (err) {
      this.#deps.logger.error(
        { err, receiver: notification.receiver },
        'notification template failed; the built-in mail is sent instead',
      );
      return how.builtIn;
    }
  }
}

/** An address without template marks needs no engine. */
function plainOrTemplate(text: string): string | undefined {
  return text.includes('{{') ? text : undefined;
}

function toMessage(mail: StoredMail) {
  const { references, html, date, ...rest } = mail;
  return {
    ...rest,
    date: new Date(date),
    ...(html === '' ? {} : { html }),
    ...(references === undefined ? {} : { references, inReplyTo: references }),
  };
}

/** Header names as people write them may differ in case; `Subject` is the one that is special. */
function canonical(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> & { readonly Subject?: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [/^subject$/i.test(name) ? 'Subject' : name, value]));
}

const SmtpFailure = z.object({ message: z.string(), responseCode: z.number().optional(), code: z.string().optional() });

/** 4yz and network trouble are transient, 5yz is final (RFC 5321, 4.2.1). A failed login may be mended on the server, so it is retried. */
export function interpretSmtpError(error: unknown): SendOutcome {
  const parsed = SmtpFailure.safeParse(error);
  const message = parsed.success ? parsed.data.message : String(error);
  const status = (parsed.success ? parsed.data.responseCode : undefined) ?? null;
  const detail = shorten(oneLine(message), 300);
  if (status === 552) {
    return { outcome: 'too large', status, detail };
  }
  const isFinal = status !== null && status >= 500 && (!parsed.success || parsed.data.code !== 'EAUTH');
  return { outcome: isFinal ? 'rejected' : 'retry', status, detail };
}

function replyCode(response: string): number | undefined {
  const match = /^(\d{3})\b/.exec(response);
  return match === null ? undefined : Number(match[1]);
}
