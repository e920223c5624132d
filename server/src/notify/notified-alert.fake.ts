import { anAlert } from '../alerts/alert.fake.ts';
import type { Alert, AlertChange, AlertFeed, AlertState } from '../alerts/alert.ts';
import { Labels } from '../model/labels.ts';

/** An alert for tests; `labels.alertname` names its rule. */
export function fakeAlert(labels: Readonly<Record<string, string>>, more: Partial<Alert> = {}): Alert {
  const all = Labels.from(labels);
  const rule = { file: 'f.yaml', group: 'g', name: all.get('alertname'), expr: 'up == 0', forMs: 0, intervalMs: 15_000 };
  return anAlert({}, { labels: all, fingerprint: all.key.replaceAll('\udfff', '|'), rule, ...more });
}

/** An AlertFeed that tests drive by hand. */
export class FakeAlertFeed implements AlertFeed {
  readonly #alerts = new Map<string, Alert>();
  readonly #listeners = new Set<(change: AlertChange) => void>();

  readonly #history: AlertChange[] = [];

  /** As after more than the time resolved alerts stay current. */
  forget(alert: Alert): void {
    this.#alerts.delete(alert.fingerprint);
  }

  async history(query: { readonly fingerprint: string; readonly limit: number }): Promise<readonly AlertChange[]> {
    return this.#history.filter(({ alert }) => alert.fingerprint === query.fingerprint).slice(-query.limit);
  }

  current(): readonly Alert[] {
    return [...this.#alerts.values()];
  }

  subscribe(listener: (change: AlertChange) => void) {
    this.#listeners.add(listener);
    return { snapshot: this.current(), unsubscribe: () => void this.#listeners.delete(listener) };
  }

  fire(alert: Alert, at = alert.firedAt ?? 0): void {
    this.#publish({ ...alert, state: 'firing' }, at);
  }

  resolve(alert: Alert, at: number): void {
    this.#publish({ ...alert, state: 'resolved', resolvedAt: at }, at);
  }

  #publish(alert: Alert, at: number): void {
    const from: AlertState | 'inactive' = this.#alerts.get(alert.fingerprint)?.state ?? 'inactive';
    this.#alerts.set(alert.fingerprint, alert);
    const change = { alert, from, to: alert.state, at, observedAt: at };
    this.#history.push(change);
    for (const listener of this.#listeners) {
      listener(change);
    }
  }
}
