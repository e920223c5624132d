import type { AlertState, AlertView } from '@tila/contract/alerts.ts';
import type { SilenceMatcher } from '@tila/contract/silences.ts';

export interface AlertFilter {
  readonly text: string;
  readonly severity: string;
  readonly environment: string;
  readonly state: string;
}

export interface AlertGroup {
  readonly state: AlertState;
  readonly alerts: readonly AlertView[];
}

const STATES: readonly AlertState[] = ['firing', 'pending', 'resolved'];
const SEVERITIES = ['critical', 'warning', 'info'];

const severityRank = ({ labels }: AlertView) => {
  const rank = SEVERITIES.indexOf(labels.severity ?? '');
  return rank === -1 ? SEVERITIES.length : rank;
};

const isQuiet = ({ silencedBy, inhibitedBy }: AlertView) => silencedBy.length + inhibitedBy.length > 0;

/** Those a filter lets through. Every word of the text must occur in the name, summary or a label value. */
export function filterAlerts(alerts: readonly AlertView[], filter: AlertFilter): AlertView[] {
  const words = filter.text.toLowerCase().split(/\s+/);
  return alerts.filter((alert) => {
    const text = [alert.name, alert.annotations.summary ?? '', ...Object.values(alert.labels)].join(' ').toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (filter.severity === '' || alert.labels.severity === filter.severity) &&
      (filter.environment === '' || alert.labels.environment === filter.environment) &&
      (filter.state === '' || alert.state === filter.state)
    );
  });
}

/** By state; in each, those that still call someone first, then by severity, then the newest. */
export function groupAlerts(alerts: readonly AlertView[]): AlertGroup[] {
  return STATES.map((state) => ({
    state,
    alerts: alerts
      .filter((alert) => alert.state === state)
      .sort((a, b) => Number(isQuiet(a)) - Number(isQuiet(b)) || severityRank(a) - severityRank(b) || b.activeAt - a.activeAt),
  })).filter((group) => group.alerts.length > 0);
}

const MATCHED = ['alertname', 'environment', 'cluster', 'service'];

/** The matchers a silence for this alert starts with. */
export function matchersFor(alert: AlertView): SilenceMatcher[] {
  return MATCHED.flatMap((name) => {
    const value = alert.labels[name];
    return value === undefined ? [] : [{ name, value, isRegex: false, isEqual: true }];
  });
}

const MATCHER = /^\s*([a-zA-Z_][\w.]*)\s*(=~|!~|!=|=)\s*"?((?:[^"\\]|\\.)*)"?\s*$/;

/** One matcher a line, as in Alertmanager: `service="payments"`. Null when a line cannot be read. */
export function parseMatchers(text: string): SilenceMatcher[] | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const matchers = lines.map((line) => {
    const [, name = '', operator = '', value = ''] = MATCHER.exec(line) ?? [];
    return {
      name,
      value: value.replaceAll(/\\(["\\])/g, '$1'),
      isRegex: operator.endsWith('~'),
      isEqual: operator.startsWith('='),
    };
  });
  return matchers.length === 0 || matchers.some(({ name }) => name === '') ? null : matchers;
}

export function formatMatcher({ name, value, isRegex, isEqual }: SilenceMatcher): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `${name}${isEqual ? '=' : '!'}${isRegex ? '~' : ''}${!isEqual && !isRegex ? '=' : ''}"${escaped}"`;
}
