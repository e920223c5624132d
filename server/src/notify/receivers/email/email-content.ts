import type { NotifiedAlert } from '../../notified-alert.ts';
import {
  bySeverity,
  headline,
  isSourceAlert,
  oneLine,
  severityOf,
  shorten,
  type Tone,
  toneOf,
  whatOf,
  whereOf,
} from '../headline.ts';
import { commonAnnotations, type Notification } from '../notification.ts';
import type { LinkBuilder } from '../template-renderer.ts';
import { humanDuration, humanValue, utcTime } from '../times.ts';

const MAX_ROWS = 50;
const COLORS: Readonly<Record<Tone, string>> = {
  critical: '#b3261e',
  warning: '#8a5300',
  info: '#1a5fb4',
  resolved: '#1b6e3c',
  'no data': '#5f6368',
};

export interface EmailBody {
  readonly text: string;
  readonly html: string;
}

/** The built-in mail: the same facts as plain text and as HTML with inline styles only (mail programs drop style sheets). */
export function emailBody(notification: Notification, links: LinkBuilder): EmailBody {
  const alerts = bySeverity(notification.alerts);
  const shown = alerts.slice(0, MAX_ROWS).map((alert) => rowOf(alert, notification.createdAt));
  const content = {
    title: headline(notification),
    since: sinceOf(notification),
    description: shorten(commonAnnotations(alerts).description ?? '', 4000),
    rows: shown,
    more: alerts.length - shown.length,
    links: linksOf(notification, links),
    footer: `${notification.reason} · receiver ${oneLine(notification.receiver)} · group ${notification.groupKey}`,
    color: COLORS[toneOf(notification)],
  };
  return { text: toText(content), html: toHtml(content) };
}

interface Row {
  readonly severity: string;
  readonly where: string;
  readonly what: string;
  readonly value: string;
  readonly since: string;
  readonly state: string;
}

interface Content {
  readonly title: string;
  readonly since: string;
  readonly description: string;
  readonly rows: readonly Row[];
  readonly more: number;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly footer: string;
  readonly color: string;
}

function rowOf(alert: NotifiedAlert, now: number): Row {
  const endedAt = alert.endsAt ?? now;
  return {
    severity: severityOf(alert),
    where: whereOf([alert]) || oneLine(alert.labels.get('instance')),
    what: shorten(whatOf(alert), 300),
    value:
      alert.status === 'resolved' && !isSourceAlert(alert)
        ? `${humanValue(alert.value)} (peak ${humanValue(alert.peakValue)})`
        : humanValue(alert.value),
    since: utcTime(alert.startsAt),
    state: alert.status === 'firing' ? stateOf(alert) : `resolved after ${humanDuration(endedAt - alert.startsAt)}`,
  };
}

function stateOf(alert: NotifiedAlert): string {
  return alert.health === 'stale' ? 'firing, ◔ stale data' : 'firing';
}

function sinceOf(notification: Notification): string {
  const startsAt = Math.min(...notification.alerts.map((alert) => alert.startsAt));
  const lasted = humanDuration(notification.createdAt - startsAt);
  return notification.status === 'firing'
    ? `Since ${utcTime(startsAt)} (${lasted}).`
    : `All resolved. First alert at ${utcTime(startsAt)}.`;
}

function linksOf(notification: Notification, links: LinkBuilder) {
  const [first] = bySeverity(notification.alerts);
  const shared = commonAnnotations(notification.alerts);
  const labels = notification.groupLabels.toJSON();
  const incident = first === undefined ? undefined : links.incidentUrl?.(first.fingerprint);
  const candidates = [
    { title: incident === undefined ? 'Open alerts' : 'Open incident', url: incident ?? links.alertsUrl(labels) },
    { title: 'Silence', url: notification.status === 'firing' ? links.silenceUrl(labels) : undefined },
    { title: 'Runbook', url: shared.runbook_url ?? shared.runbook },
    { title: 'Dashboard', url: shared.dashboard_url ?? shared.dashboard },
  ];
  return candidates.flatMap(({ title, url }) =>
    url !== undefined && /^https?:\/\//i.test(url) ? [{ title, url: oneLine(url) }] : [],
  );
}

function toText(content: Content): string {
  const rows = content.rows.flatMap((row) => [
    `${row.severity.toUpperCase()}  ${row.where}`,
    `  ${row.what}`,
    `  value ${row.value}, since ${row.since}, ${row.state}`,
    '',
  ]);
  return [
    content.title,
    content.since,
    '',
    ...(content.description === '' ? [] : [content.description, '']),
    ...rows,
    ...(content.more > 0 ? [`+${content.more} more – open the console`, ''] : []),
    ...content.links.map(({ title, url }) => `${title}: ${url}`),
    '',
    '-- ',
    content.footer,
  ].join('\n');
}

const CELL = 'padding:6px 12px 6px 0;border-bottom:1px solid #dadce0;text-align:left;vertical-align:top';
const FONT = 'font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:14px;color:#202124';

function toHtml(content: Content): string {
  const head = ['Severity', 'Where', 'What', 'Value', 'Since', 'State'].map(
    (name) => `<th scope="col" style="${CELL}">${name}</th>`,
  );
  const rows = content.rows.map((row) => {
    const cells = [row.severity, row.where, row.what, row.value, row.since, row.state];
    return `<tr>${cells.map((cell) => `<td style="${CELL}">${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  const links = content.links.map(
    ({ title, url }) => `<a href="${escapeHtml(url)}" style="color:#1a5fb4;margin-right:16px">${escapeHtml(title)}</a>`,
  );
  return [
    `<!doctype html><html lang="en"><body style="margin:0;padding:16px;${FONT}">`,
    `<h1 style="font-size:18px;margin:0 0 8px;padding-left:12px;border-left:6px solid ${content.color}">${escapeHtml(content.title)}</h1>`,
    `<p style="margin:0 0 12px">${escapeHtml(content.since)}</p>`,
    content.description === '' ? '' : `<p style="margin:0 0 12px;white-space:pre-wrap">${escapeHtml(content.description)}</p>`,
    `<table role="table" style="border-collapse:collapse;${FONT}"><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
    content.more > 0 ? `<p>+${content.more} more – open the console</p>` : '',
    `<p style="margin:16px 0">${links.join(' ')}</p>`,
    `<p style="color:#5f6368;font-size:12px">${escapeHtml(content.footer)}</p></body></html>`,
  ].join('');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
