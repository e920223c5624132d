import { Labels } from '../model/labels.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import type { Alert, AlertChange, AlertState } from './alert.ts';

/** An alert for tests; `labels` decide the fingerprint. */
export function anAlert(labels: Readonly<Record<string, string>>, overrides: Partial<Alert> = {}): Alert {
  const set = Labels.from({ alertname: 'Down', ...labels });
  return {
    fingerprint: fingerprint(set),
    labels: set,
    annotations: {},
    state: 'firing',
    health: 'ok',
    value: 1,
    activeAt: 0,
    firedAt: 0,
    resolvedAt: null,
    rule: { file: 'f', group: 'g', name: set.get('alertname'), expr: 'up == 0', forMs: 0, intervalMs: 15_000 },
    ...overrides,
  };
}

/** A transition of an alert at a time, with the times of the alert set to fit. */
export function aChange(alert: Alert, to: AlertState | 'inactive', at: number): AlertChange {
  const times: Readonly<Record<typeof to, Partial<Alert>>> = {
    pending: { state: 'pending', activeAt: at, firedAt: null },
    firing: { state: 'firing', firedAt: at, resolvedAt: null },
    resolved: { state: 'resolved', resolvedAt: at },
    inactive: {},
  };
  return { alert: { ...alert, ...times[to] }, from: to === 'firing' ? 'inactive' : 'firing', to, at, observedAt: at + 5 };
}
