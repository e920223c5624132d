import type { NotifiedAlert } from '../../notified-alert.ts';
import { bySeverity, headline, isSourceAlert, oneLine, severityOf, shorten, type Tone, toneOf, whatOf } from '../headline.ts';
import { commonAnnotations, commonLabels, type Notification } from '../notification.ts';
import type { LinkBuilder } from '../template-renderer.ts';
import { humanDuration, humanValue, utcClock, utcTime } from '../times.ts';
import { escapeMarkdown } from './markdown-escape.ts';

type Color = 'Default' | 'Attention' | 'Warning' | 'Accent' | 'Good';

interface TextBlock {
  readonly type: 'TextBlock';
  readonly text: string;
  readonly wrap: true;
  readonly weight?: 'Bolder';
  readonly size?: 'Medium';
  readonly color?: Color;
  readonly isSubtle?: true;
  readonly style?: 'heading';
}

interface FactSet {
  readonly type: 'FactSet';
  readonly facts: readonly { readonly title: string; readonly value: string }[];
}

interface OpenUrl {
  readonly type: 'Action.OpenUrl';
  readonly title: string;
  readonly url: string;
}

export type CardElement = TextBlock | FactSet;

/**
 * An Adaptive Card. Declared 1.4: the newest version that Workflows shows (1.5 came out as "card couldn't be displayed",
 * prometheus/alertmanager#3920), using only elements of 1.2, so tables are FactSets.
 */
export interface TeamsCard {
  readonly type: 'AdaptiveCard';
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly version: '1.4';
  readonly fallbackText: string;
  readonly speak: string;
  readonly body: readonly CardElement[];
  readonly actions: readonly OpenUrl[];
  readonly msteams: { readonly width: 'Full' };
}

/** How much of everything a card may hold; the size budget lowers it step by step. */
export interface CardLimits {
  readonly facts: number;
  readonly factLength: number;
  readonly textLength: number;
  readonly rows: number;
}

export interface CardContent {
  readonly notification: Notification;
  readonly links: LinkBuilder;
  /** A rendered title template; escaped by the template's author. */
  readonly title?: string | undefined;
  /** A rendered text template instead of the built-in body. */
  readonly text?: string | undefined;
}

const COLORS: Readonly<Record<Tone, Color>> = {
  critical: 'Attention',
  warning: 'Warning',
  info: 'Accent',
  resolved: 'Good',
  'no data': 'Default',
};

export function buildTeamsCard(content: CardContent, limits: CardLimits): TeamsCard {
  const { notification } = content;
  const plainTitle = shorten(oneLine(content.title ?? headline(notification)), content.title === undefined ? 110 : 300);
  const title: TextBlock = {
    type: 'TextBlock',
    text: content.title === undefined ? escapeMarkdown(plainTitle) : plainTitle,
    wrap: true,
    weight: 'Bolder',
    size: 'Medium',
    color: COLORS[toneOf(notification)],
    style: 'heading',
  };
  const body = content.text === undefined ? builtInBody(notification, limits) : [block(cut(content.text, limits.textLength))];
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    fallbackText: plainTitle,
    speak: plainTitle,
    body: [title, ...body, block(footer(notification), { isSubtle: true })],
    actions: actions(content),
    msteams: { width: 'Full' },
  };
}

function builtInBody(notification: Notification, limits: CardLimits): readonly CardElement[] {
  const alerts = bySeverity(notification.alerts);
  const description = commonAnnotations(alerts).description;
  const details = facts(notification).slice(0, limits.facts);
  return [
    block(sinceLine(notification)),
    ...(description === undefined || limits.textLength === 0 ? [] : [block(escapeMarkdown(cut(description, limits.textLength)))]),
    ...(details.length === 0 ? [] : [factSet(details, limits)]),
    ...(alerts.length > 1 ? rows(alerts, limits) : []),
  ];
}

function sinceLine(notification: Notification): string {
  const { alerts, createdAt } = notification;
  const startsAt = Math.min(...alerts.map((alert) => alert.startsAt));
  if (notification.status === 'resolved') {
    const endsAt = Math.max(...alerts.map((alert) => alert.endsAt ?? createdAt));
    return `lasted **${humanDuration(endsAt - startsAt)}**, from ${utcTime(startsAt)} to ${utcTime(endsAt)}`;
  }
  return `since **${utcTime(startsAt)}** (${humanDuration(createdAt - startsAt)})`;
}

interface Fact {
  readonly title: string;
  readonly value: string;
}

function facts(notification: Notification): readonly Fact[] {
  const { alerts } = notification;
  const shared = commonLabels(alerts);
  const [first] = bySeverity(alerts);
  const isAboutSource = alerts.every(isSourceAlert);
  const found: readonly Fact[] = [
    { title: 'Source', value: isAboutSource ? shared.get('source') : '' },
    { title: 'Environment', value: shared.get('environment') },
    { title: 'Cluster', value: shared.get('cluster') },
    { title: 'Service', value: shared.get('service') },
    { title: 'Instance', value: shared.get('instance') },
    { title: 'Version', value: shared.get('version') },
    { title: 'Owner', value: shared.get('team') || shared.get('owner') },
    { title: 'Rule', value: shared.get('alertname') },
    ...(alerts.length === 1 && first !== undefined && !isAboutSource ? valueFacts(first) : []),
    {
      title: 'Data',
      value: alerts.some((alert) => alert.health === 'stale')
        ? '◔ stale: a source of this rule is silent, the state is the last known'
        : '',
    },
  ];
  return found.filter(({ value }) => value !== '');
}

function valueFacts(alert: NotifiedAlert): readonly Fact[] {
  if (alert.status === 'firing') {
    return [{ title: 'Value', value: humanValue(alert.value) }];
  }
  return [
    { title: 'Peak', value: humanValue(alert.peakValue) },
    { title: 'Last value', value: humanValue(alert.value) },
  ];
}

function rows(alerts: readonly NotifiedAlert[], limits: CardLimits): readonly CardElement[] {
  const shown = alerts.slice(0, limits.rows);
  const more = alerts.length - shown.length;
  const list = shown.map((alert) => ({
    title: rowTitle(alert),
    value: `${whatOf(alert)} · ${humanValue(alert.value)} · ${alert.status === 'firing' ? `since ${utcClock(alert.startsAt)}` : 'resolved'}`,
  }));
  return [
    ...(list.length === 0 ? [] : [factSet(list, limits)]),
    ...(more > 0 ? [block(`+${more} more – open the console`, { isSubtle: true })] : []),
  ];
}

function rowTitle(alert: NotifiedAlert): string {
  const who = alert.labels.get('service') || alert.labels.get('instance') || alert.labels.get('alertname');
  return `${severityOf(alert)} ${oneLine(who)}`;
}

function factSet(list: readonly Fact[], limits: CardLimits): FactSet {
  const safe = (text: string) => escapeMarkdown(shorten(oneLine(text), limits.factLength));
  return { type: 'FactSet', facts: list.map(({ title, value }) => ({ title: safe(title), value: safe(value) })) };
}

function footer(notification: Notification): string {
  const repeat = notification.status === 'firing' ? `, again in ${humanDuration(notification.repeatIntervalMs)}` : '';
  return escapeMarkdown(
    `${notification.reason}${repeat} · receiver ${shorten(oneLine(notification.receiver), 60)} · ${notification.id.slice(0, 8)}`,
  );
}

function actions({ notification, links }: CardContent): readonly OpenUrl[] {
  const { alerts } = notification;
  const [first] = bySeverity(alerts);
  const shared = commonAnnotations(alerts);
  const labels = notification.groupLabels.size > 0 ? notification.groupLabels : commonLabels(alerts);
  const incident = first === undefined ? undefined : links.incidentUrl?.(first.fingerprint);
  const candidates = [
    incident === undefined
      ? { title: 'Open alerts', url: links.alertsUrl(labels.toJSON()) }
      : { title: 'Open incident', url: incident },
    ...(notification.status === 'firing' ? [{ title: 'Silence', url: links.silenceUrl(labels.toJSON()) }] : []),
    { title: 'Runbook', url: shared.runbook_url ?? shared.runbook },
    { title: 'Dashboard', url: shared.dashboard_url ?? shared.dashboard },
  ];
  return candidates.flatMap(({ title, url }) => (isLink(url) ? [{ type: 'Action.OpenUrl' as const, title, url }] : []));
}

/** Annotations are untrusted: only plain web links of a sane length become buttons. */
function isLink(url: string | undefined): url is string {
  return url !== undefined && url.length <= 1000 && /^https?:\/\//i.test(url) && URL.canParse(url);
}

function block(text: string, more: Partial<TextBlock> = {}): TextBlock {
  return { type: 'TextBlock', text, wrap: true, ...more };
}

function cut(text: string, limit: number): string {
  return shorten(text, limit);
}
