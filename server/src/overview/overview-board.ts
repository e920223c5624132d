import { isDeepStrictEqual } from 'node:util';
import type { InventoryView } from '@tila/contract/inventory.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { Alert, AlertFeed } from '../alerts/alert.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AlertStatus } from './alert-status.ts';
import { inventoryTree, type ServiceActivity, type ServiceInventory } from './service-inventory.ts';
import type { Sparklines } from './sparklines.ts';
import { compareTiles, judgeTile, type StandingAlert } from './tile.ts';

export interface OverviewBoardDeps {
  readonly clock: Clock;
  readonly alerts: AlertFeed;
  readonly status: AlertStatus;
  readonly inventory: ServiceInventory;
  readonly sparklines: Pick<Sparklines, 'of'>;
  /** Environments in the order people want them; others follow by name. */
  readonly environmentOrder: readonly string[];
}

/** Tiles that are new or different, and keys (`environment/cluster/service`) of those that are gone. */
export interface TileChange {
  readonly set: readonly Tile[];
  readonly remove: readonly string[];
}

const REFRESH_MS = 5000;
const COALESCE_MS = 5;
/** A storm of changes is judged ten times a second. */
const MIN_INTERVAL_MS = 100;

/**
 * A tile for every service, kept current: alerts change it at once, age and sparkline within five seconds.
 * Listeners hear only of tiles that differ from before.
 */
export class OverviewBoard implements Disposable {
  readonly #deps: OverviewBoardDeps;
  readonly #listeners = new Set<(change: TileChange) => void>();
  readonly #stops: (() => void)[];
  #tiles: ReadonlyMap<string, Tile>;
  #cancelRefresh: () => void = () => undefined;
  #isSoon = false;
  #isDisposed = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: OverviewBoardDeps) {
    this.#deps = deps;
    this.#tiles = this.#judge();
    this.#stops = [
      deps.alerts.subscribe(() => this.refreshSoon()).unsubscribe,
      deps.status.subscribe(() => this.refreshSoon()),
      () => this.#cancelRefresh(),
    ];
    this.#refreshIn(REFRESH_MS);
  }

  /** Worst first. */
  tiles(): readonly Tile[] {
    return [...this.#tiles.values()].sort(compareTiles);
  }

  inventory(): InventoryView {
    return inventoryTree(this.#deps.inventory.services(), this.#deps.environmentOrder);
  }

  subscribe(listener: (change: TileChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Judges everything again in a few milliseconds, once for many calls. Does nothing after the end. */
  refreshSoon(): void {
    if (!this.#isSoon && !this.#isDisposed) {
      this.#isSoon = true;
      this.#cancelRefresh();
      this.#refreshIn(Math.max(this.#refreshedAt + MIN_INTERVAL_MS - this.#deps.clock.now(), COALESCE_MS));
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const stop of this.#stops) {
      stop();
    }
  }

  #refreshIn(delayMs: number): void {
    this.#cancelRefresh = this.#deps.clock.after(delayMs, () => {
      this.#isSoon = false;
      this.#refreshIn(REFRESH_MS);
      this.#refresh();
    });
  }

  #refresh(): void {
    const before = this.#tiles;
    this.#refreshedAt = this.#deps.clock.now();
    this.#tiles = this.#judge();
    const set = [...this.#tiles].filter(([key, tile]) => !isDeepStrictEqual(before.get(key), tile)).map(([, tile]) => tile);
    const remove = [...before.keys()].filter((key) => !this.#tiles.has(key));
    if (set.length + remove.length > 0) {
      for (const listener of this.#listeners) {
        listener({ set, remove });
      }
    }
  }

  #judge(): ReadonlyMap<string, Tile> {
    const { alerts, clock, inventory, sparklines, status } = this.#deps;
    const active = alerts
      .current()
      .filter((alert) => alert.state !== 'resolved' && alert.labels.has('service'))
      .map((alert) => ({ alert, standing: status.statusOf(alert.fingerprint) }));
    const byService = Map.groupBy(active, ({ alert }) => alert.labels.get('service'));
    const known = inventory.services();
    const services = [...known, ...unlisted(active, known)];
    const now = clock.now();
    return new Map(
      services.map((service) => {
        const own = (byService.get(service.service) ?? []).filter(({ alert }) => concerns(alert, service));
        return [tileKey(service), judgeTile({ service, alerts: own, sparkline: sparklines.of(service), now })];
      }),
    );
  }
}

function tileKey({ environment, cluster, service }: ServiceActivity): string {
  return `${environment}/${cluster}/${service}`;
}

/** An alert whose labels leave out the environment or cluster concerns the service in all of them. */
function concerns({ labels }: Alert, { environment, cluster, service }: ServiceActivity): boolean {
  const agrees = (name: string, value: string): boolean => !labels.has(name) || labels.get(name) === value;
  return labels.get('service') === service && agrees('environment', environment) && agrees('cluster', cluster);
}

/** Services that alerts name but the inventory does not: they must not go unseen. */
function unlisted(active: readonly StandingAlert[], known: readonly ServiceActivity[]): readonly ServiceActivity[] {
  const names = new Set(known.map((service) => service.service));
  const strays = active
    .filter(({ alert }) => !names.has(alert.labels.get('service')) || !known.some((service) => concerns(alert, service)))
    .map(
      ({ alert: { labels } }): ServiceActivity => ({
        environment: labels.get('environment'),
        cluster: labels.get('cluster'),
        service: labels.get('service'),
        newestSampleAt: null,
        intervalMs: 0,
        staleSources: [],
        isBackfilling: false,
      }),
    );
  return [...new Map(strays.map((service) => [tileKey(service), service])).values()];
}
