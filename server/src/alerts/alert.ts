import type { Labels } from '../model/labels.ts';

export type AlertState = 'pending' | 'firing' | 'resolved';

/** `stale`: a source the rule reads fell silent, the state is the last one known. `error`: the rule failed to evaluate. */
export type AlertHealth = 'ok' | 'stale' | 'error';

/** One alert instance: an alerting rule's state for one label set. Times are epoch milliseconds of evaluation slots. */
export interface Alert {
  /** Hash of the labels: equal for equal label sets, over restarts. */
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: AlertState;
  readonly health: AlertHealth;
  /** Last value the expression had; the recovered value after a resolve when there is one. */
  readonly value: number;
  readonly activeAt: number;
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
  readonly rule: RuleOrigin;
}

/** Where an alert comes from. */
export interface RuleOrigin {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly intervalMs: number;
}

/** A change of state. `refreshed` events (same state, new value, annotations or health) carry `from === to`. */
export interface AlertChange {
  readonly alert: Alert;
  readonly from: AlertState | 'inactive';
  readonly to: AlertState | 'inactive';
  /** The evaluation slot that decided it. */
  readonly at: number;
  /** When the newest sample that caused it was made durable here, if known; for end-to-end delay. */
  readonly observedAt: number;
}

/** Snapshot and stream in one call, so that nothing is missed between them. The listener is called synchronously, in order. */
export interface AlertFeed {
  current(): readonly Alert[];
  /** Calls back for every change after the returned snapshot. */
  subscribe(listener: (change: AlertChange) => void): { readonly snapshot: readonly Alert[]; readonly unsubscribe: () => void };
}
