import type { RuleAlert } from './rule-alert.ts';
import type { RuleSpec } from './rule-file.ts';

export type RuleHealthState = 'ok' | 'error' | 'no data' | 'stale' | 'unknown';

/** What every rule tells about itself. */
export interface RuleSnapshot {
  readonly spec: RuleSpec;
  readonly health: RuleHealthState;
  readonly lastError: string | null;
  readonly staleSources: readonly string[];
  readonly state: 'unknown' | 'inactive' | 'pending' | 'firing';
  readonly lastEvaluationAt: number | null;
  readonly evaluationMs: number | null;
  readonly alerts: readonly RuleAlert[];
}

/** How a rule's last evaluation went. */
export interface RuleStatus {
  health: RuleHealthState;
  lastError: string | null;
  staleSources: readonly string[];
  lastEvaluationAt: number | null;
  evaluationMs: number | null;
}

export function newStatus(): RuleStatus {
  return { health: 'unknown', lastError: null, staleSources: [], lastEvaluationAt: null, evaluationMs: null };
}

/** When an evaluation happens: its slot, the query time (slot minus the group's offset) and when its newest sample arrived here. */
export interface EvaluationTime {
  readonly at: number;
  readonly queryAt: number;
  readonly observedAt: number;
}

/** A rule's failure that leaves the rest of the group alone: the message is its `lastError`. */
export class RuleEvaluationError extends Error {
  override readonly name = 'RuleEvaluationError';
}

/** Identifies a rule over restarts and reloads within its group: kind, name and label templates (as Prometheus matches them). */
export function ruleKey(spec: RuleSpec): string {
  const labels = Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([spec.kind, spec.name, labels]);
}
