import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Alert, AlertChange, AlertFeed, AlertState } from './alert.ts';
import type { AlertHistoryStore, HistoryQuery } from './alert-history-store.ts';

export interface AlertsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly history: AlertHistoryStore;
}

/** How long a resolved alert stays among the current ones. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

/**
 * The current alerts by fingerprint and their history. Every transition is stored before anyone hears of it.
 * Two rules that give the same label set share one alert; the first that fires owns it until it resolves it.
 */
export class Alerts implements AlertFeed {
  readonly #deps: AlertsDeps;
  readonly #current = new Map<string, Alert>();
  readonly #listeners = new Set<(change: AlertChange) => void>();
  readonly #expiries = new Map<string, () => void>();
  #lastApply: Promise<unknown> = Promise.resolve();

  constructor(deps: AlertsDeps) {
    this.#deps = deps;
  }

  /**
   * Call once at start, with the alerts the rules kept over the restart: transitions that were decided but not recorded
   * (a crash between the two) are recorded now; alerts whose rules are gone resolve now.
   */
  async restore(active: readonly Alert[]): Promise<void> {
    const now = this.#deps.clock.now();
    const latest = await this.#deps.history.latest(now - RESOLVED_RETENTION_MS);
    for (const { alert } of latest) {
      this.#keep(alert);
    }
    const kept = new Set(active.map((alert) => alert.fingerprint));
    const orphans = [...this.#current.values()].filter((alert) => alert.state !== 'resolved' && !kept.has(alert.fingerprint));
    await this.apply([
      ...active.map((alert): AlertChange => ({ alert, from: alert.state, to: alert.state, at: startOf(alert), observedAt: now })),
      ...orphans.map((alert) => ended(alert, now)),
    ]);
  }

  /** Takes changes from rules, in order. Resolves when their transitions are durable and the listeners were called. */
  apply(changes: readonly AlertChange[]): Promise<void> {
    const applying = this.#lastApply.then(() => this.#apply(changes));
    this.#lastApply = applying.catch(() => {});
    return applying;
  }

  /** Pending, firing and, for 15 minutes, resolved alerts. */
  current(): readonly Alert[] {
    return [...this.#current.values()];
  }

  get(fingerprint: string): Alert | undefined {
    return this.#current.get(fingerprint);
  }

  subscribe(listener: (change: AlertChange) => void): { readonly snapshot: readonly Alert[]; readonly unsubscribe: () => void } {
    this.#listeners.add(listener);
    return { snapshot: this.current(), unsubscribe: () => this.#listeners.delete(listener) };
  }

  /** Transitions in a window of event time, oldest first. */
  history(query: HistoryQuery): Promise<readonly AlertChange[]> {
    return this.#deps.history.history(query);
  }

  /** Cancels the timers; nothing is emitted afterwards. */
  stop(): void {
    for (const cancel of this.#expiries.values()) {
      cancel();
    }
    this.#expiries.clear();
    this.#listeners.clear();
  }

  async #apply(changes: readonly AlertChange[]): Promise<void> {
    const accepted: AlertChange[] = [];
    const states = new Map(changes.map(({ alert }) => [alert.fingerprint, this.#current.get(alert.fingerprint)]));
    for (const change of changes) {
      const seen = asSeenFrom(states.get(change.alert.fingerprint), change);
      if (seen !== null) {
        accepted.push(seen);
        states.set(change.alert.fingerprint, change.to === 'inactive' ? undefined : change.alert);
      }
    }
    const transitions = accepted.filter(({ from, to }) => from !== to);
    if (transitions.length > 0) {
      await this.#deps.history.append(transitions);
    }
    for (const change of accepted) {
      this.#emit(change);
    }
  }

  #emit(change: AlertChange): void {
    if (change.to === 'inactive') {
      this.#forget(change.alert.fingerprint);
    } else {
      this.#keep(change.alert);
    }
    this.#tell(change);
  }

  #tell(change: AlertChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (err) {
        this.#deps.log.error({ err, fingerprint: change.alert.fingerprint }, 'an alert listener failed');
      }
    }
  }

  #keep(alert: Alert): void {
    this.#forget(alert.fingerprint);
    this.#current.set(alert.fingerprint, alert);
    if (alert.state === 'resolved') {
      const leftMs = (alert.resolvedAt ?? 0) + RESOLVED_RETENTION_MS - this.#deps.clock.now();
      this.#expiries.set(
        alert.fingerprint,
        this.#deps.clock.after(leftMs, () => this.#expire(alert)),
      );
    }
  }

  #expire(alert: Alert): void {
    this.#forget(alert.fingerprint);
    const now = this.#deps.clock.now();
    this.#tell({ alert, from: 'resolved', to: 'inactive', at: now, observedAt: now });
  }

  #forget(fingerprint: string): void {
    this.#expiries.get(fingerprint)?.();
    this.#expiries.delete(fingerprint);
    this.#current.delete(fingerprint);
  }
}

/** The change as it looks from the alert known here; null when it says nothing new or another rule owns the alert. */
function asSeenFrom(known: Alert | undefined, change: AlertChange): AlertChange | null {
  if (known === undefined || known.state === 'resolved') {
    return change.to === 'resolved' || change.to === 'inactive' ? null : { ...change, from: 'inactive' };
  }
  const isForeign = !isSameRule(known.rule, change.alert.rule);
  const takesOver = change.to === 'firing' && known.state === 'pending';
  return isForeign && !takesOver ? null : { ...change, from: known.state };
}

function isSameRule(a: Alert['rule'], b: Alert['rule']): boolean {
  return a.file === b.file && a.group === b.group && a.name === b.name && a.expr === b.expr;
}

function startOf(alert: Alert): number {
  return alert.firedAt ?? alert.activeAt;
}

function ended(alert: Alert, at: number): AlertChange {
  const to: AlertState | 'inactive' = alert.state === 'firing' ? 'resolved' : 'inactive';
  return {
    alert: to === 'resolved' ? { ...alert, state: 'resolved', resolvedAt: at } : alert,
    from: alert.state,
    to,
    at,
    observedAt: at,
  };
}
