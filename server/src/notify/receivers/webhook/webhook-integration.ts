import type { SendOutcome } from '../../delivery/delivery.ts';
import { headline } from '../headline.ts';
import { type PostDeps, postJson } from '../http-post.ts';
import type { Integration, RenderedNotification } from '../integration.ts';
import type { Notification } from '../notification.ts';
import type { WebhookConfig } from '../receiver-config.ts';
import { type LinkBuilder, templateData } from '../template-renderer.ts';

export interface WebhookDeps extends PostDeps {
  readonly links: LinkBuilder;
}

/** Alertmanager's generic webhook, payload version 4. */
export class WebhookIntegration implements Integration {
  readonly kind = 'webhook';
  readonly rate = { perSecond: 20, burst: 50 };
  readonly sendResolved: boolean;
  readonly #config: WebhookConfig;
  readonly #deps: WebhookDeps;

  constructor(config: WebhookConfig, deps: WebhookDeps) {
    this.#config = config;
    this.#deps = deps;
    this.sendResolved = config.sendResolved;
  }

  async render(notification: Notification): Promise<RenderedNotification> {
    const payload = JSON.stringify(webhookPayload(notification, { links: this.#deps.links, maxAlerts: this.#config.maxAlerts }));
    return { title: headline(notification), payload };
  }

  async send(payload: string, signal: AbortSignal): Promise<SendOutcome> {
    const { headers, authorization, timeoutMs } = this.#config;
    try {
      const credentials = await authorization?.credentials.reveal();
      return await postJson(this.#deps, {
        url: await this.#config.url.reveal(),
        body: payload,
        headers: {
          ...headers,
          ...(credentials === undefined ? {} : { authorization: `${authorization?.scheme} ${credentials}` }),
        },
        timeoutMs,
        signal,
        interpret: (status) => ({ outcome: 'sent', as: 'delivered', status, detail: `HTTP ${status}` }),
      });
    } catch (error) {
      return {
        outcome: 'retry',
        status: null,
        detail: `a secret file cannot be read: ${error instanceof Error ? error.message : error}`,
      };
    }
  }

  /** Keeps the first alert and counts the rest as truncated. */
  shrink(payload: string): string {
    // Only payloads made by `webhookPayload` are stored.
    const parsed = JSON.parse(payload) as ReturnType<typeof webhookPayload>;
    const alerts = parsed.alerts.slice(0, 1);
    return JSON.stringify({ ...parsed, alerts, truncatedAlerts: parsed.truncatedAlerts + parsed.alerts.length - alerts.length });
  }
}

export function webhookPayload(notification: Notification, how: { readonly links: LinkBuilder; readonly maxAlerts: number }) {
  const data = templateData(notification, how.links);
  const alerts = how.maxAlerts > 0 ? data.Alerts.slice(0, how.maxAlerts) : data.Alerts;
  return {
    receiver: data.Receiver,
    status: data.Status,
    alerts: alerts.map((alert) => ({
      status: alert.Status,
      labels: alert.Labels,
      annotations: alert.Annotations,
      startsAt: new Date(alert.StartsAt).toISOString(),
      endsAt: alert.EndsAt === null ? '0001-01-01T00:00:00Z' : new Date(alert.EndsAt).toISOString(),
      generatorURL: alert.GeneratorURL,
      fingerprint: alert.Fingerprint,
    })),
    groupLabels: data.GroupLabels,
    commonLabels: data.CommonLabels,
    commonAnnotations: data.CommonAnnotations,
    externalURL: data.ExternalURL,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: data.Alerts.length - alerts.length,
    notification_reason: data.NotificationReason,
  };
}
