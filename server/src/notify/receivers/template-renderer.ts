import { commonAnnotations, commonLabels, type Notification } from './notification.ts';

/** Renders an Alertmanager text field. Rejects for a template that does not parse or execute. */
export interface TemplateRenderer {
  render(text: string, data: TemplateData): Promise<string>;
  /** As `render`, with HTML's automatic escaping. */
  renderHtml(text: string, data: TemplateData): Promise<string>;
}

/** One alert as Alertmanager's templates know it. Times are epoch milliseconds; `EndsAt` is null while it fires. */
export interface TemplateAlert {
  readonly Status: 'firing' | 'resolved';
  readonly Labels: Readonly<Record<string, string>>;
  readonly Annotations: Readonly<Record<string, string>>;
  readonly StartsAt: number;
  readonly EndsAt: number | null;
  readonly GeneratorURL: string;
  readonly Fingerprint: string;
}

/** Alertmanager's template data (`template/template.go`, Data), field names included. */
export interface TemplateData {
  readonly Receiver: string;
  readonly Status: 'firing' | 'resolved';
  readonly Alerts: readonly TemplateAlert[];
  readonly GroupLabels: Readonly<Record<string, string>>;
  readonly CommonLabels: Readonly<Record<string, string>>;
  readonly CommonAnnotations: Readonly<Record<string, string>>;
  readonly RouteLabels: Readonly<Record<string, string>>;
  readonly ExternalURL: string;
  readonly NotificationReason: string;
}

export function templateData(notification: Notification, links: LinkBuilder): TemplateData {
  return {
    Receiver: notification.receiver,
    Status: notification.status,
    Alerts: notification.alerts.map((alert) => ({
      Status: alert.status,
      Labels: alert.labels.toJSON(),
      Annotations: alert.annotations,
      StartsAt: alert.startsAt,
      EndsAt: alert.endsAt,
      GeneratorURL: links.incidentUrl?.(alert.fingerprint) ?? links.alertsUrl(alert.labels.toJSON()),
      Fingerprint: alert.fingerprint,
    })),
    GroupLabels: notification.groupLabels.toJSON(),
    CommonLabels: commonLabels(notification.alerts).toJSON(),
    CommonAnnotations: commonAnnotations(notification.alerts),
    RouteLabels: notification.routeLabels,
    ExternalURL: links.externalUrl,
    NotificationReason: notification.reason,
  };
}

/** Absolute links into the console. Labels become equality matchers. Opening one changes nothing; the silence link leads to a confirm page. */
export interface LinkBuilder {
  readonly externalUrl: string;
  alertsUrl(labels: Readonly<Record<string, string>>): string;
  silenceUrl(labels: Readonly<Record<string, string>>): string;
  /** The incident an alert belongs to, if it is known where it stands. */
  incidentUrl?(fingerprint: string): string | undefined;
}
