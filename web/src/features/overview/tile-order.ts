import type { Tile } from '@tila/contract/overview.ts';
import { type Status, statusRank, worstStatus } from '../../ui/status.ts';

/** One service in one environment; two clusters with the same service name give two cells. */
export interface OverviewRow {
  readonly key: string;
  readonly service: string;
  readonly worst: Status;
  /** By environment. */
  readonly tiles: ReadonlyMap<string, readonly Tile[]>;
}

export interface EnvironmentSummary {
  readonly environment: string;
  readonly worst: Status;
  readonly clusters: readonly ClusterSummary[];
  readonly problems: number;
  readonly services: number;
}

export interface ClusterSummary {
  readonly cluster: string;
  readonly worst: Status;
}

/** What a person must look at: everything that is not known to be fine. */
export function isProblem(tile: Tile): boolean {
  return tile.status !== 'ok';
}

/** Is the service only waiting for the history of its source to be copied, as after a first start? */
export function isCopying({ status, reason }: Tile): boolean {
  return status === 'stale' && reason === 'history is being copied';
}

/** Does a search match: every word in environment, cluster, service, status or reason. */
export function matchesSearch(tile: Tile, search: string): boolean {
  const text = `${tile.environment} ${tile.cluster} ${tile.service} ${tile.status} ${tile.reason}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** How long an alert has lasted orders; how long data is stale would shuffle tiles whose sources stopped together. */
function lastingSince({ status, since }: Tile): number {
  return status === 'critical' || status === 'warning' ? (since ?? Number.POSITIVE_INFINITY) : 0;
}

/** Worst first; of equals the one with more firing, then the longer one, then by name. */
export function compareTiles(a: Tile, b: Tile): number {
  return (
    statusRank(a.status) - statusRank(b.status) ||
    b.firing - a.firing ||
    lastingSince(a) - lastingSince(b) ||
    a.service.localeCompare(b.service)
  );
}

/** The grid's rows, the row with the worst tile first. */
export function toRows(tiles: readonly Tile[]): OverviewRow[] {
  const byService = Map.groupBy(tiles, (tile) => tile.service);
  return [...byService]
    .map(([service, own]) => ({
      key: service,
      service,
      worst: worstStatus(own.map((tile) => tile.status)),
      tiles: Map.groupBy(own.toSorted(compareTiles), (tile) => tile.environment),
      first: own.toSorted(compareTiles)[0],
    }))
    .sort((a, b) => (a.first && b.first ? compareTiles(a.first, b.first) : 0))
    .map(({ first: _, ...row }) => row);
}

const USUAL_ORDER = ['prod', 'production', 'preprod', 'stage', 'staging', 'test', 'dev', 'development', 'management'];

/** Environments in the order people expect: production first, unknown names in the middle, by name. */
export function compareEnvironments(a: string, b: string): number {
  const rank = (name: string) => {
    const index = USUAL_ORDER.indexOf(name.toLowerCase());
    return index === -1 ? 4.5 : index;
  };
  return rank(a) - rank(b) || a.localeCompare(b);
}

/** Each environment's consolidated state: as bad as its worst child. */
export function summarizeEnvironments(tiles: readonly Tile[]): EnvironmentSummary[] {
  return [...Map.groupBy(tiles, (tile) => tile.environment)]
    .map(([environment, own]) => ({
      environment,
      worst: worstStatus(own.map((tile) => tile.status)),
      clusters: summarizeClusters(own),
      problems: own.filter(isProblem).length,
      services: own.length,
    }))
    .sort((a, b) => compareEnvironments(a.environment, b.environment));
}

function summarizeClusters(tiles: readonly Tile[]): ClusterSummary[] {
  return [...Map.groupBy(tiles, (tile) => tile.cluster)].map(([cluster, own]) => ({
    cluster,
    worst: worstStatus(own.map((tile) => tile.status)),
  }));
}
