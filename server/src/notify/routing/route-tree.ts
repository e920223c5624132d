import type { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { RouteConfig } from './route-spec.ts';

/** A route with everything inherited filled in. */
export interface Route {
  /** Position in the tree (`0/2/1`): unique, unlike `key`, which twin routes share. */
  readonly id: string;
  /** Alertmanager's route key, `{}/{owner="team-A"}`; part of every group key. */
  readonly key: string;
  readonly receiver: string;
  readonly groupBy: readonly string[];
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly continue: boolean;
  readonly matchers: readonly Matcher[];
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
}

type Inherited = Pick<
  Route,
  'receiver' | 'groupBy' | 'groupByAll' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs' | 'labels'
>;

const DEFAULTS: Inherited = {
  receiver: '',
  groupBy: [],
  groupByAll: false,
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
  labels: {},
};

export function buildRouteTree(config: RouteConfig): Route {
  return build(config, { inherited: DEFAULTS, id: '0', parentKey: '' });
}

interface Place {
  readonly inherited: Inherited;
  readonly id: string;
  readonly parentKey: string;
}

function build(config: RouteConfig, place: Place): Route {
  const own = `{${config.matchers.map(String).join(',')}}`;
  const key = place.parentKey === '' ? own : `${place.parentKey}/${own}`;
  const inherited = inherit(config, place.inherited);
  return {
    ...inherited,
    id: place.id,
    key,
    continue: config.continue,
    matchers: config.matchers,
    muteTimeIntervals: config.muteTimeIntervals,
    activeTimeIntervals: config.activeTimeIntervals,
    routes: config.routes.map((child, index) => build(child, { inherited, id: `${place.id}/${index}`, parentKey: key })),
  };
}

function inherit(config: RouteConfig, parent: Inherited): Inherited {
  const groupByAll = config.groupBy?.includes('...') ?? parent.groupByAll;
  const groupBy = config.groupBy?.filter((name) => name !== '...');
  return {
    receiver: config.receiver ?? parent.receiver,
    groupBy: groupBy === undefined || config.groupBy?.includes('...') ? parent.groupBy : groupBy,
    groupByAll,
    groupWaitMs: config.groupWaitMs ?? parent.groupWaitMs,
    groupIntervalMs: config.groupIntervalMs ?? parent.groupIntervalMs,
    repeatIntervalMs: config.repeatIntervalMs ?? parent.repeatIntervalMs,
    labels: { ...parent.labels, ...config.labels },
  };
}

/**
 * The routes an alert takes: depth first, left to right; children before their parent; the first matching child without
 * `continue` ends the search among its siblings. Empty only when the given node itself does not match.
 */
export function matchRoutes(route: Route, labels: Labels): readonly Route[] {
  if (!matchesAll(route.matchers, labels)) {
    return [];
  }
  const found: Route[] = [];
  for (const child of route.routes) {
    const below = matchRoutes(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continue) {
      break;
    }
  }
  return found.length === 0 ? [route] : found;
}

/** The labels that tell a route's groups apart; labels the alert lacks are left out. */
export function groupLabelsOf(route: Route, labels: Labels): Labels {
  return route.groupByAll ? labels : labels.only(route.groupBy);
}

/** Alertmanager's group key, `{}/{a="b"}:{alertname="x", cluster="y"}`: the identity of a group in the notification log. */
export function groupKeyOf(route: Route, groupLabels: Labels): string {
  const text = [...groupLabels.entries()].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  return `${route.key}:{${text}}`;
}
