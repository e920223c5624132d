import type { Labels } from '../../model/labels.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { NotifiedAlert } from '../notified-alert.ts';
import { compareNotified } from '../receivers/notification.ts';
import type { Route } from '../routing/route-tree.ts';

/** A group at one tick: its alerts in Alertmanager's order. */
export interface GroupSnapshot {
  readonly route: Route;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly NotifiedAlert[];
}

export interface AlertGroupDeps {
  readonly route: Route;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly clock: Clock;
  /** No flush before this, epoch milliseconds. */
  readonly notBefore: number;
  /** Resolves when what there is to say is durably queued; rejects to be asked again at the next tick. */
  readonly flush: (group: GroupSnapshot) => Promise<void>;
  readonly onEmpty: () => void;
  readonly onFlushError: (error: unknown) => void;
}

/**
 * The alerts one route puts together. First flush after group_wait, then one at every group_interval until the group is empty.
 * Flushes of one group never overlap.
 */
export class AlertGroup {
  readonly #deps: AlertGroupDeps;
  readonly #alerts = new Map<string, NotifiedAlert>();
  #cancelTimer: (() => void) | undefined;
  #hasFlushed = false;
  #isUrgent = false;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: AlertGroupDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#alerts.size;
  }

  alerts(): readonly NotifiedAlert[] {
    return [...this.#alerts.values()];
  }

  /** Adds or replaces. `at` is when the alert's state was decided: an alert whose group_wait is over by then is flushed at once. */
  insert(alert: NotifiedAlert, at: number): void {
    const { route } = this.#deps;
    this.#alerts.set(alert.fingerprint, alert);
    const isOverdue = !this.#hasFlushed && alert.startsAt + route.groupWaitMs < at;
    if (this.#cancelTimer === undefined || (isOverdue && !this.#isUrgent)) {
      this.#isUrgent = isOverdue;
      this.#arm(isOverdue ? 0 : route.groupWaitMs);
    }
  }

  /** No further flushes; resolves when one under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  #arm(delayMs: number): void {
    const { clock, notBefore } = this.#deps;
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(Math.max(delayMs, notBefore - clock.now()), () => this.#tick());
  }

  #tick(): void {
    this.#hasFlushed = true;
    this.#arm(this.#deps.route.groupIntervalMs);
    this.#running = this.#running.then(() => this.#flush()).catch((error: unknown) => this.#deps.onFlushError(error));
  }

  async #flush(): Promise<void> {
    if (this.#stopped) {
      return;
    }
    const { route, groupKey, groupLabels } = this.#deps;
    const alerts = this.alerts().toSorted(compareNotified);
    await this.#deps.flush({ route, groupKey, groupLabels, alerts });
    for (const alert of alerts.filter(({ status }) => status === 'resolved')) {
      // Only what was not updated meanwhile: it may have fired again.
      if (this.#alerts.get(alert.fingerprint) === alert) {
        this.#alerts.delete(alert.fingerprint);
      }
    }
    if (this.#alerts.size === 0) {
      this.#cancelTimer?.();
      this.#stopped = true;
      this.#deps.onEmpty();
    }
  }
}
