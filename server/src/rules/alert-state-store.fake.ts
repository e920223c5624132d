import type { AlertStateChange, AlertStateStore, StoredRuleState } from './alert-state-store.ts';
import type { ActiveAlert } from './alert-step.ts';

/** Keeps alert state in memory; hand the same one to a second `Rules` to play a restart. */
export class FakeAlertStateStore implements AlertStateStore {
  readonly alerts = new Map<string, Map<string, ActiveAlert>>();
  readonly sources = new Map<string, ReadonlySet<string>>();
  /** While set, saving fails with this message. */
  failure: string | null = null;

  async load(): Promise<StoredRuleState> {
    return {
      alerts: new Map([...this.alerts].map(([rule, alerts]) => [rule, [...alerts.values()]])),
      sources: new Map(this.sources),
    };
  }

  async save(changes: readonly AlertStateChange[]): Promise<void> {
    if (this.failure !== null) {
      throw new Error(this.failure);
    }
    for (const change of changes) {
      this.#save(change);
    }
  }

  #save({ rule, stored, dropped }: AlertStateChange): void {
    const alerts = this.alerts.get(rule) ?? new Map<string, ActiveAlert>();
    this.alerts.set(rule, alerts);
    for (const alert of stored) {
      alerts.set(alert.fingerprint, alert);
    }
    for (const alert of dropped) {
      alerts.delete(alert.fingerprint);
    }
  }

  async saveSources(rule: string, sources: ReadonlySet<string>): Promise<void> {
    this.sources.set(rule, sources);
  }

  async forget(rules: readonly string[]): Promise<void> {
    for (const rule of rules) {
      this.alerts.delete(rule);
      this.sources.delete(rule);
    }
  }
}
