import type { NotifiedAlert } from '../notified-alert.ts';
import { commonLabels, type Notification } from './notification.ts';

export type Severity = 'critical' | 'warning' | 'info';

/** What a message is about at first sight; decides its colour. */
export type Tone = Severity | 'resolved' | 'no data';

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
const GLYPHS: Readonly<Record<Tone, string>> = { critical: '◆', warning: '▲', info: '○', resolved: '●', 'no data': '◌' };
const MAX_TITLE = 110;
/** Alerts that are about a source of data, not about a service. */
const SOURCE_ALERT = /^(Tila)?Source[A-Z]/;

export function severityOf(alert: NotifiedAlert): Severity {
  const label = alert.labels.get('severity').toLowerCase();
  if (['critical', 'page', 'error', 'emergency', 'fatal'].includes(label)) {
    return 'critical';
  }
  return label === 'warning' || label === 'warn' ? 'warning' : 'info';
}

export function isSourceAlert(alert: NotifiedAlert): boolean {
  return SOURCE_ALERT.test(alert.labels.get('alertname')) && alert.labels.has('source');
}

/** Worst first, then longest firing; resolved ones last. */
export function bySeverity(alerts: readonly NotifiedAlert[]): readonly NotifiedAlert[] {
  const rank = (alert: NotifiedAlert) => (alert.status === 'firing' ? 0 : 10) + SEVERITIES.indexOf(severityOf(alert));
  return [...alerts].sort((a, b) => rank(a) - rank(b) || a.startsAt - b.startsAt);
}

export function toneOf(notification: Notification): Tone {
  if (notification.status === 'resolved') {
    return 'resolved';
  }
  const firing = notification.alerts.filter((alert) => alert.status === 'firing');
  const [worst] = bySeverity(firing);
  if (firing.length > 0 && firing.every(isSourceAlert)) {
    return 'no data';
  }
  return worst === undefined ? 'info' : severityOf(worst);
}

/** `prod / core / payments`: what all alerts share of environment, cluster and service; the source for alerts about one. */
export function whereOf(alerts: readonly NotifiedAlert[]): string {
  const shared = commonLabels(alerts);
  const names = alerts.every(isSourceAlert) ? ['environment', 'source'] : ['environment', 'cluster', 'service'];
  return names
    .map((name) => oneLine(shared.get(name)))
    .filter((value) => value !== '')
    .join(' / ');
}

/** What the alert says of itself in one line. */
export function whatOf(alert: NotifiedAlert): string {
  return (
    oneLine(alert.annotations.summary ?? '') ||
    oneLine(alert.annotations.description ?? '') ||
    oneLine(alert.labels.get('alertname')) ||
    'alert'
  );
}

/** `◆ CRITICAL · prod / core / payments · p95 latency 2.4 s (limit 800 ms) (+2 more)`, at most 110 characters. */
export function headline(notification: Notification): string {
  const tone = toneOf(notification);
  const alerts = bySeverity(notification.alerts);
  const [first] = alerts;
  const more = alerts.length > 1 ? ` (+${alerts.length - 1} more)` : '';
  const start = [`${GLYPHS[tone]} ${tone.toUpperCase()}`, shorten(whereOf(alerts), 50)].filter((part) => part !== '').join(' · ');
  const what = first === undefined ? 'alert' : whatOf(first);
  return `${start} · ${shorten(what, MAX_TITLE - characters(start) - characters(more) - 3)}${more}`;
}

/** The mail subject: the headline behind Alertmanager's prefix. */
export function subject(notification: Notification): string {
  const firing = notification.alerts.filter((alert) => alert.status === 'firing').length;
  return `${notification.status === 'firing' ? `[FIRING:${firing}]` : '[RESOLVED]'} ${headline(notification)}`;
}

/** Control characters and line breaks become single blanks. */
export function oneLine(text: string): string {
  return text
    .slice(0, 2000)
    .replace(/[\s\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
}

/** Cuts to so many characters (code points), the last one an ellipsis. */
export function shorten(text: string, limit: number): string {
  const all = Array.from(text.length > limit * 2 ? text.slice(0, limit * 2) : text);
  return all.length <= limit && characters(text) <= limit
    ? text
    : `${all
        .slice(0, Math.max(0, limit - 1))
        .join('')
        .trimEnd()}…`;
}

function characters(text: string): number {
  return Array.from(text).length;
}
