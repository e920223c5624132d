import type { AlertChange } from './alert.ts';
import type { AlertHistoryStore, HistoryQuery } from './alert-history-store.ts';

export class FakeAlertHistoryStore implements AlertHistoryStore {
  transitions: AlertChange[] = [];

  async append(transitions: readonly AlertChange[]): Promise<void> {
    this.transitions.push(...transitions);
  }

  async history({ fingerprint, fromMs, toMs, limit }: HistoryQuery): Promise<readonly AlertChange[]> {
    return this.transitions
      .filter(({ alert, at }) => (fingerprint === undefined || alert.fingerprint === fingerprint) && at >= fromMs && at <= toMs)
      .sort((a, b) => a.at - b.at)
      .slice(-limit);
  }

  async latest(resolvedSinceMs: number): Promise<readonly AlertChange[]> {
    const newest = new Map(this.transitions.map((transition) => [transition.alert.fingerprint, transition]));
    return [...newest.values()]
      .filter(({ to, at }) => to === 'pending' || to === 'firing' || (to === 'resolved' && at >= resolvedSinceMs))
      .sort((a, b) => a.at - b.at);
  }

  async prune(beforeMs: number): Promise<number> {
    const kept = this.transitions.filter(({ at }) => at >= beforeMs);
    const pruned = this.transitions.length - kept.length;
    this.transitions = kept;
    return pruned;
  }
}
