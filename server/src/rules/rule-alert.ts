import type { Labels } from '../model/labels.ts';

export type RuleAlertState = 'pending' | 'firing' | 'resolved';
export type RuleAlertHealth = 'ok' | 'stale' | 'error';

export interface RuleAlertOrigin {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly intervalMs: number;
}

/** An alert as a rule sees it. The same shape as `Alert` in alerts/alert.ts, which is right of rules. */
export interface RuleAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: RuleAlertState;
  readonly health: RuleAlertHealth;
  readonly value: number;
  readonly activeAt: number;
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
  readonly rule: RuleAlertOrigin;
}

/** `from === to` is a refresh: new value, annotations or health. An alert that goes `inactive` keeps its last known state in `alert`. */
export interface RuleAlertChange {
  readonly alert: RuleAlert;
  readonly from: RuleAlertState | 'inactive';
  readonly to: RuleAlertState | 'inactive';
  readonly at: number;
  readonly observedAt: number;
}
