import type { Labels } from '../model/labels.ts';

/** One pending or firing alert of a rule. Times are evaluation slots in epoch milliseconds. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly value: number;
  readonly activeAt: number;
  readonly firedAt: number | null;
  /** Since when the expression no longer returns it, while `keep_firing_for` holds it. */
  readonly keepFiringSince: number | null;
}

/** One element of the rule's result after label and annotation expansion. */
export interface ResultAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One alert before and after an evaluation; `after` null means that it is inactive now. */
export interface AlertStep {
  readonly before: ActiveAlert | null;
  readonly after: ActiveAlert | null;
}

export interface HoldTimes {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

/**
 * Prometheus' alert state machine for one evaluation at `at`: who is new, who fires, who is held by `keep_firing_for`
 * and who is gone. `result` is keyed by label key. Pure.
 */
export function stepAlerts(
  active: ReadonlyMap<string, ActiveAlert>,
  result: ReadonlyMap<string, ResultAlert>,
  { at, hold }: { readonly at: number; readonly hold: HoldTimes },
): readonly AlertStep[] {
  const present = [...result].map(([key, found]) => {
    const before = active.get(key) ?? null;
    return { before, after: stepPresent(before, found, { at, hold }) };
  });
  const absent = [...active]
    .filter(([key]) => !result.has(key))
    .map(([, before]) => ({ before, after: stepAbsent(before, at, hold) }));
  return [...present, ...absent];
}

function stepPresent(before: ActiveAlert | null, found: ResultAlert, { at, hold }: { at: number; hold: HoldTimes }): ActiveAlert {
  const activeAt = before?.activeAt ?? at;
  const base = { ...found, activeAt, keepFiringSince: null };
  if (at - activeAt < hold.forMs) {
    return { ...base, state: 'pending', firedAt: null };
  }
  return { ...base, state: 'firing', firedAt: before?.firedAt ?? at };
}

function stepAbsent(before: ActiveAlert, at: number, hold: HoldTimes): ActiveAlert | null {
  if (before.state === 'pending' || hold.keepFiringForMs === 0) {
    return null;
  }
  const keepFiringSince = before.keepFiringSince ?? at;
  return at - keepFiringSince < hold.keepFiringForMs ? { ...before, keepFiringSince } : null;
}

/** True when something a reader can see differs. */
export function hasChanged(step: AlertStep): boolean {
  const { before, after } = step;
  return (
    hasTurned(step) ||
    !Object.is(before?.value, after?.value) ||
    JSON.stringify(before?.annotations) !== JSON.stringify(after?.annotations)
  );
}

/** True when the alert is another than before, not only its value and what is said of that. */
export function hasTurned({ before, after }: AlertStep): boolean {
  return (
    before?.state !== after?.state || before?.firedAt !== after?.firedAt || before?.keepFiringSince !== after?.keepFiringSince
  );
}
