import type { Logger } from '../../../runtime/logger.ts';
import type { SendOutcome } from '../../delivery/delivery.ts';
import { headline, oneLine, shorten } from '../headline.ts';
import { type PostDeps, postJson } from '../http-post.ts';
import type { Integration, RenderedNotification } from '../integration.ts';
import type { Notification } from '../notification.ts';
import type { TeamsConfig } from '../receiver-config.ts';
import { type LinkBuilder, type TemplateRenderer, templateData } from '../template-renderer.ts';
import { buildTeamsMessage, shrinkTeamsMessage } from './teams-message.ts';

export interface TeamsDeps extends PostDeps {
  readonly renderer: TemplateRenderer;
  readonly links: LinkBuilder;
  readonly logger: Logger;
}

/** Microsoft Teams through a Workflows webhook (or, while it lasts, a legacy connector URL). */
export class TeamsIntegration implements Integration {
  readonly kind = 'msteamsv2';
  // Teams throttles above 4 requests a second; a webhook is meant for about one.
  readonly rate = { perSecond: 1, burst: 4 };
  readonly sendResolved: boolean;
  readonly #config: TeamsConfig;
  readonly #deps: TeamsDeps;

  constructor(config: TeamsConfig, deps: TeamsDeps) {
    this.#config = config;
    this.#deps = deps;
    this.sendResolved = config.sendResolved;
  }

  async render(notification: Notification): Promise<RenderedNotification> {
    const [title, text] = await Promise.all([
      this.#template(this.#config.title, notification),
      this.#template(this.#config.text, notification),
    ]);
    const payload = buildTeamsMessage({ notification, links: this.#deps.links, title, text });
    return { title: title === undefined ? headline(notification) : shorten(oneLine(title), 300), payload };
  }

  async send(payload: string, signal: AbortSignal): Promise<SendOutcome> {
    const url = await reveal(this.#config);
    if (url instanceof Error) {
      return { outcome: 'retry', status: null, detail: `webhook_url_file cannot be read: ${url.message}` };
    }
    return await postJson(this.#deps, {
      url,
      body: payload,
      timeoutMs: this.#config.timeoutMs,
      signal,
      interpret: interpretTeamsAnswer,
    });
  }

  shrink(payload: string): string {
    return shrinkTeamsMessage(payload);
  }

  async #template(template: string | undefined, notification: Notification): Promise<string | undefined> {
    if (template === undefined) {
      return undefined;
    }
    try {
      return await this.#deps.renderer.render(template, templateData(notification, this.#deps.links));
    } catch (err) {
      this.#deps.logger.error(
        { err, receiver: notification.receiver },
        'notification template failed; the built-in card is sent instead',
      );
      return undefined;
    }
  }
}

async function reveal(config: TeamsConfig): Promise<string | Error> {
  try {
    return await config.url.reveal();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A Workflows 202 only says "queued"; a legacy connector says 200 and `1`, or hides an error in the text of a 200. */
export function interpretTeamsAnswer(status: number, body: string): SendOutcome {
  const hidden = /HTTP error (\d{3})/i.exec(body);
  if (hidden !== null) {
    const code = Number(hidden[1]);
    const detail = `HTTP ${status} with an error inside: ${body.slice(0, 200)}`;
    if (code === 413) {
      return { outcome: 'too large', status: code, detail };
    }
    return { outcome: code === 429 || code >= 500 ? 'retry' : 'rejected', status: code, detail };
  }
  return status === 200 && body.trim() === '1'
    ? { outcome: 'sent', as: 'delivered', status, detail: 'legacy connector confirmed' }
    : {
        outcome: 'sent',
        as: 'accepted',
        status,
        detail: 'accepted by the workflow; whether it was shown is only in the flow history',
      };
}

/** Why this URL will not last, or `undefined`. */
export function teamsUrlWarning(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (/^prod-\d+\..*\.logic\.azure\.com$/i.test(host)) {
    return 'this Teams workflow URL is of the first generation (logic.azure.com), unsupported since 30 November 2025; open the flow in Power Automate and copy its new URL';
  }
  return /\.webhook\.office\.com$/i.test(host)
    ? 'this is an Office 365 connector URL; connectors are retired, create a Workflows webhook instead'
    : undefined;
}
