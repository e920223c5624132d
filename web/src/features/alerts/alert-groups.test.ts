import type { AlertView } from '@tila/contract/alerts.ts';
import { expect, it } from 'vitest';
import { filterAlerts, formatMatcher, groupAlerts, matchersFor, parseMatchers } from './alert-groups.ts';

function alert(name: string, change: Partial<AlertView> = {}): AlertView {
  return {
    fingerprint: name,
    name,
    state: 'firing',
    health: 'ok',
    labels: { alertname: name, severity: 'warning', environment: 'prod' },
    annotations: {},
    value: 1,
    activeAt: 0,
    firedAt: 0,
    resolvedAt: null,
    group: 'g',
    file: 'f',
    expr: 'up == 0',
    silencedBy: [],
    inhibitedBy: [],
    receivers: [],
    incidentId: null,
    ...change,
  };
}
const none = { text: '', severity: '', environment: '', state: '' };
const names = (alerts: readonly AlertView[]) => alerts.map(({ name }) => name);

it('puts firing first, critical above warning, the silenced last', () => {
  const groups = groupAlerts([
    alert('pending', { state: 'pending' }),
    alert('warning'),
    alert('silenced', { silencedBy: ['s'], labels: { severity: 'critical' } }),
    alert('critical', { labels: { severity: 'critical' } }),
  ]);
  expect(groups.map(({ state, alerts }) => [state, names(alerts)])).toEqual([
    ['firing', ['critical', 'warning', 'silenced']],
    ['pending', ['pending']],
  ]);
});

it.for([
  { filter: { ...none }, found: ['a', 'b'], why: 'no filter' },
  { filter: { ...none, text: 'PROD a' }, found: ['a'], why: 'words in name and labels' },
  { filter: { ...none, severity: 'critical' }, found: ['b'], why: 'severity' },
  { filter: { ...none, state: 'pending' }, found: ['b'], why: 'state' },
  { filter: { ...none, environment: 'dev' }, found: ['b'], why: 'environment' },
])('filters by $why', ({ filter, found }) => {
  const b = alert('b', { state: 'pending', labels: { severity: 'critical', environment: 'dev' } });
  expect(names(filterAlerts([alert('a'), b], filter))).toEqual(found);
});

it.for([
  { text: 'service="payments"', matchers: [{ name: 'service', value: 'payments', isRegex: false, isEqual: true }], why: 'equal' },
  {
    text: 'a!="b"\nc=~"d|e"\nf!~"g"',
    matchers: [
      { name: 'a', value: 'b', isRegex: false, isEqual: false },
      { name: 'c', value: 'd|e', isRegex: true, isEqual: true },
      { name: 'f', value: 'g', isRegex: true, isEqual: false },
    ],
    why: 'all four operators, one a line',
  },
  {
    text: 'a="say \\"hi\\""',
    matchers: [{ name: 'a', value: 'say "hi"', isRegex: false, isEqual: true }],
    why: 'escaped quotes',
  },
  { text: 'nonsense', matchers: null, why: 'a line without an operator' },
  { text: '', matchers: null, why: 'nothing would silence everything' },
])('reads matchers: $why', ({ text, matchers }) => {
  expect(parseMatchers(text)).toEqual(matchers);
  if (matchers !== null) {
    expect(parseMatchers(matchers.map(formatMatcher).join('\n'))).toEqual(matchers);
  }
});

it('starts a silence with what identifies the alert', () => {
  expect(matchersFor(alert('a')).map(formatMatcher)).toEqual(['alertname="a"', 'environment="prod"']);
});
