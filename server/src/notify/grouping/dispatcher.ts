import type { Clock } from '../../runtime/clock.ts';
import type { NotifiedAlert } from '../notified-alert.ts';
import { groupKeyOf, groupLabelsOf, matchRoutes, type Route } from '../routing/route-tree.ts';
import { AlertGroup, type GroupSnapshot } from './alert-group.ts';

export interface DispatcherDeps {
  readonly root: Route;
  readonly clock: Clock;
  readonly notBefore: number;
  readonly flush: (group: GroupSnapshot) => Promise<void>;
  readonly onFlushError: (error: unknown, groupKey: string) => void;
}

/** Routes alerts into groups, one set of groups per route. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #groups = new Map<string, AlertGroup>();

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** Puts the alert into a group of every route it takes. A resolved alert no group knows opens one too, so that its resolve can be told. */
  dispatch(alert: NotifiedAlert, at: number): void {
    for (const route of matchRoutes(this.#deps.root, alert.labels)) {
      this.#groupFor(route, alert).insert(alert, at);
    }
  }

  /** Resolved alerts that were not told yet. */
  resolvedAlerts(): readonly NotifiedAlert[] {
    return [...this.#groups.values()].flatMap((group) => group.alerts()).filter(({ status }) => status === 'resolved');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
    this.#groups.clear();
  }

  #groupFor(route: Route, alert: NotifiedAlert): AlertGroup {
    const groupLabels = groupLabelsOf(route, alert.labels);
    const id = `${route.id}\udfff${groupLabels.key}`;
    const known = this.#groups.get(id);
    if (known !== undefined) {
      return known;
    }
    const groupKey = groupKeyOf(route, groupLabels);
    const group = new AlertGroup({
      route,
      groupKey,
      groupLabels,
      clock: this.#deps.clock,
      notBefore: this.#deps.notBefore,
      flush: this.#deps.flush,
      onEmpty: () => this.#groups.delete(id),
      onFlushError: (error) => this.#deps.onFlushError(error, groupKey),
    });
    this.#groups.set(id, group);
    return group;
  }
}
