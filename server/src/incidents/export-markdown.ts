import type { IncidentDetail, IncidentView, SeriesEvidence, TimelineEntry } from '@tila/contract/incidents.ts';
import { codeSpan, duration, escapeMarkdown, number, sparkline, utc } from './markdown-text.ts';
import { sortTimeline } from './timeline.ts';

/**
 * A post-mortem draft in the order of Google's SRE template. Facts are filled in, judgements are left as prompts. The text
 * follows from the incident and its entries alone: the same input gives the same bytes, in whatever order it arrived.
 */
export function exportMarkdown({ incident, timeline }: IncidentDetail): string {
  const entries = sortTimeline(timeline);
  const sections = [
    `# Incident #${incident.number}: ${escapeMarkdown(incident.title)}`,
    header(incident),
    `## Summary\n\n${summary(incident)}`,
    `## Impact\n\n${impact(incident)}`,
    '## Root causes\n\n_To be written. There is rarely a single one._',
    `## Trigger\n\n${trigger(entries)}`,
    `## Resolution\n\n${resolution(incident, entries)}`,
    `## Detection\n\n${detection(incident, entries)}`,
    `## Action items\n\n${actionItems(incident, entries)}`,
    '## Lessons learned\n\n### What went well\n\n- \n\n### What went wrong\n\n- \n\n### Where we got lucky\n\n- ',
    `## Timeline\n\n${timelineTable(entries)}`,
    `## Supporting information\n\n${evidenceSections(entries)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function header(incident: IncidentView): string {
  const place = (names: readonly string[]): string =>
    names.length === 0 ? '–' : names.toSorted().map(escapeMarkdown).join(', ');
  return [
    `- Date: ${utc(incident.openedAt).slice(0, 10)}`,
    '- Authors: ',
    `- Status: draft; the incident is ${incident.state}`,
    `- Severity: ${incident.severity}`,
    `- Environment: ${incident.environment === '' ? '–' : escapeMarkdown(incident.environment)}`,
    `- Clusters: ${place(incident.clusters)}`,
    `- Services: ${place(incident.services)}`,
  ].join('\n');
}

function alertsOf(incident: IncidentView): IncidentView['alerts'] {
  return incident.alerts.toSorted(
    (a, b) => a.firedAt - b.firedAt || Number(a.fingerprint > b.fingerprint) - Number(a.fingerprint < b.fingerprint),
  );
}

function summary(incident: IncidentView): string {
  const span =
    incident.resolvedAt === null
      ? `opened at ${utc(incident.openedAt)} and is not over`
      : `lasted ${duration(incident.resolvedAt - incident.openedAt)}, from ${utc(incident.openedAt)} to ${utc(incident.resolvedAt)}`;
  const count = incident.alerts.length;
  return `The incident ${span}. ${count} ${count === 1 ? 'alert' : 'alerts'} took part.`;
}

function impact(incident: IncidentView): string {
  const rows = alertsOf(incident).map((alert) => {
    const end = alert.resolvedAt === null ? 'still firing' : utc(alert.resolvedAt);
    const lasted = alert.resolvedAt === null ? '–' : duration(alert.resolvedAt - alert.firedAt);
    const where = [alert.labels.environment, alert.labels.cluster, alert.labels.service].filter(
      (part) => part !== undefined && part !== '',
    );
    return `| ${escapeMarkdown(alert.name)} | ${escapeMarkdown(where.join(' / '))} | ${utc(alert.firedAt)} | ${end} | ${lasted} |`;
  });
  return [
    '_Who noticed, and what could they not do?_',
    '',
    '| Alert | Where | Fired | Resolved | Lasted |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function trigger(entries: readonly TimelineEntry[]): string {
  const first = entries.find((entry) => entry.kind === 'alert.pending' || entry.kind === 'alert.firing');
  return first === undefined
    ? '_To be written._'
    : `First sign: ${utc(first.occurredAt)} (± ${duration(first.precisionMs)}), ${escapeMarkdown(first.title)}.\n\n_What set it off?_`;
}

function resolution(incident: IncidentView, entries: readonly TimelineEntry[]): string {
  const actions = entries.filter((entry) => entry.kind === 'human.action' || entry.kind === 'human.decision');
  const lines = actions.map(
    (entry) => `- ${utc(entry.occurredAt)} ${escapeMarkdown(entry.actor)}: ${escapeMarkdown(entry.title)}`,
  );
  const end =
    incident.resolvedAt === null ? 'The incident is not resolved.' : `The last alert resolved at ${utc(incident.resolvedAt)}.`;
  return [end, ...(lines.length === 0 ? ['_No action was noted._'] : [lines.join('\n')])].join('\n\n');
}

function detection(incident: IncidentView, entries: readonly TimelineEntry[]): string {
  const at = (kind: TimelineEntry['kind']): number | undefined => entries.find((entry) => entry.kind === kind)?.occurredAt;
  const onset = at('alert.pending') ?? at('alert.firing');
  const steps: readonly (readonly [string, number | undefined])[] = [
    ['Condition true', onset],
    ['Alert fired', at('alert.firing')],
    ['First notification', at('notify.sent')],
    ['Acknowledged', at('incident.acknowledged')],
    ['Resolved', incident.resolvedAt ?? undefined],
  ];
  const rows = steps.map(([name, time]) => {
    const after = time === undefined || onset === undefined ? '–' : duration(Math.max(time - onset, 0));
    return `| ${name} | ${time === undefined ? '–' : utc(time)} | ${after} |`;
  });
  return ['| Step | Time | After the first sign |', '|---|---|---|', ...rows].join('\n');
}

function actionItems(incident: IncidentView, entries: readonly TimelineEntry[]): string {
  const prompts = [
    entries.some((entry) => entry.kind === 'notify.failed') ? 'A notification failed: why, and who would have missed it?' : null,
    entries.some((entry) => entry.kind === 'data.gap_started')
      ? 'A source was silent during the incident: what could not be seen?'
      : null,
    entries.some((entry) => entry.kind === 'alert.firing' && !entry.body.includes('Runbook: '))
      ? 'An alert has no runbook.'
      : null,
    incident.acknowledgedBy === null ? 'Nobody acknowledged the incident.' : null,
  ].filter((prompt) => prompt !== null);
  const rows = ['| Action item | Type | Owner | Ticket |', '|---|---|---|---|', '|  |  |  |  |'];
  return [...prompts.map((prompt) => `- [ ] ${prompt}`), ...(prompts.length > 0 ? [''] : []), ...rows].join('\n');
}

function timelineTable(entries: readonly TimelineEntry[]): string {
  const rows = entries.map((entry) => {
    const precision = entry.precisionMs === 0 ? '' : ` ± ${duration(entry.precisionMs)}`;
    const body = entry.body === '' ? '' : `: ${escapeMarkdown(entry.body)}`;
    return `| ${utc(entry.occurredAt)}${precision} | ${entry.lane} | ${escapeMarkdown(entry.title)}${body} | ${escapeMarkdown(entry.actor)} |`;
  });
  return ['All times are UTC.', '', '| Time | Lane | What | By |', '|---|---|---|---|', ...rows].join('\n');
}

const SHOWN_SERIES = 3;
const SPARKLINE_WIDTH = 40;

function evidenceSections(entries: readonly TimelineEntry[]): string {
  const sections = entries
    .filter((entry) => entry.evidence.length > 0)
    .map((entry) =>
      [`### ${utc(entry.occurredAt)} ${escapeMarkdown(entry.title)}`, ...entry.evidence.map(evidenceTable)].join('\n\n'),
    );
  return sections.length === 0 ? 'No evidence was frozen.' : sections.join('\n\n');
}

function evidenceTable(evidence: SeriesEvidence): string {
  const shown = evidence.series.slice(0, SHOWN_SERIES).map(seriesRow);
  const more = evidence.series.length - shown.length;
  const table = ['| Series | Shape | First | Smallest | Largest | Last |', '|---|---|---|---|---|---|', ...shown];
  return [
    `${codeSpan(evidence.query)}, ${utc(evidence.fromAt)} to ${utc(evidence.toAt)}, one point every ${duration(evidence.stepMs)}, sha256 \`${evidence.sha256}\``,
    '',
    ...(evidence.series.length === 0 ? ['No series.'] : table),
    ...(more > 0 ? ['', `${more} more series are kept with the incident.`] : []),
  ].join('\n');
}

function seriesRow({ labels, points }: SeriesEvidence['series'][number]): string {
  const values = points.map(([, value]) => value);
  const known = values.filter((value) => value !== null);
  const name = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${labels[label]}`)
    .join(', ');
  const show = (value: number | undefined): string => (value === undefined ? '–' : number(value));
  const [low, high] = known.length === 0 ? [undefined, undefined] : [Math.min(...known), Math.max(...known)];
  return `| ${codeSpan(name === '' ? '{}' : name)} | ${sparkline(values, SPARKLINE_WIDTH)} | ${show(known[0])} | ${show(low)} | ${show(high)} | ${show(known.at(-1))} |`;
}
