import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Labels } from '../../model/labels.ts';
import { RouteSpec } from './route-spec.ts';
import { buildRouteTree, groupKeyOf, groupLabelsOf, matchRoutes } from './route-tree.ts';

interface RouteCase {
  readonly test: string;
  readonly route_yaml: string;
  readonly labels: Record<string, string>;
  readonly matches: readonly {
    receiver: string;
    group_by: string[];
    group_by_all: boolean;
    group_wait_s: number;
    group_interval_s: number;
    repeat_interval_s: number;
  }[];
  readonly route_keys: readonly string[];
}

const CASES = new URL('../../../../../shared/testdata/alertmanager/cases-route-match.json', import.meta.url);
const cases: readonly RouteCase[] = existsSync(CASES) ? JSON.parse(readFileSync(CASES, 'utf8')) : [];

describe.skipIf(cases.length === 0)('Alertmanager route cases (skipped without ../shared/testdata)', () => {
  it.for(cases)('$test $labels', ({ route_yaml, labels, matches, route_keys }) => {
    const found = matchRoutes(buildRouteTree(RouteSpec.parse(parse(route_yaml))), Labels.from(labels));
    expect(
      found.map((route) => ({
        receiver: route.receiver,
        group_by: [...route.groupBy].sort(),
        group_by_all: route.groupByAll,
        group_wait_s: route.groupWaitMs / 1000,
        group_interval_s: route.groupIntervalMs / 1000,
        repeat_interval_s: route.repeatIntervalMs / 1000,
      })),
    ).toEqual(matches.map((match) => ({ ...match, group_by: [...match.group_by].sort() })));
    // The extracted cases carry two left-over format strings after some keys.
    expect(found.map((route) => route.key)).toEqual(route_keys.filter((key) => key.startsWith('{')));
  });
});

const tree = (yaml: string) => buildRouteTree(RouteSpec.parse(parse(yaml)));

describe('route tree', () => {
  const root = tree(`
receiver: root
group_by: ['...']
routes:
  - matchers: ['team="a"']
    continue: true
    receiver: a
    group_by: [cluster, zone]
  - matchers: ['team=~"a|b"']
    receiver: ab
    group_by: []
  - matchers: ['team!=""']
    receiver: rest
`);
  it.for([
    { labels: { team: 'a' }, expected: ['a', 'ab'], why: 'continue goes on to the next sibling' },
    { labels: { team: 'b' }, expected: ['ab'], why: 'without continue the search ends' },
    { labels: {}, expected: ['root'], why: 'the root takes what no child took; a missing label equals ""' },
  ])('$why', ({ labels, expected }) => {
    expect(matchRoutes(root, Labels.from(labels)).map((route) => route.receiver)).toEqual(expected);
  });

  it.for([
    { labels: { team: 'a', cluster: 'x' }, expected: '{}/{team="a"}:{cluster="x"}', why: 'labels the alert lacks are left out' },
    { labels: { team: 'b', cluster: 'x' }, expected: '{}/{team=~"a|b"}:{}', why: '[] is one group' },
    { labels: { team: 'c', cluster: 'x' }, expected: '{}/{team!=""}:{cluster="x", team="c"}', why: '... is inherited' },
  ])('group key: $why', ({ labels, expected }) => {
    const [route] = matchRoutes(root, Labels.from(labels));
    expect(route && groupKeyOf(route, groupLabelsOf(route, Labels.from(labels)))).toBe(expected);
  });
});
