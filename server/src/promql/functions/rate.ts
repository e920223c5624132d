import { METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { RangeInspection, Window } from '../evaluate/range-function.ts';
import { type FunctionTable, perWindow } from './function-table.ts';

/** Change over a window: per second or in total, of counters or gauges. */
export const rateFunctions: FunctionTable = new Map([
  ['rate', perWindow((window) => extrapolatedChange(window, { counter: true, perSecond: true }), { inspect: inspectCounter })],
  [
    'increase',
    perWindow((window) => extrapolatedChange(window, { counter: true, perSecond: false }), { inspect: inspectCounter }),
  ],
  ['delta', perWindow((window) => extrapolatedChange(window, { counter: false, perSecond: false }))],
  ['irate', perWindow((window) => lastChange(window, true))],
  ['idelta', perWindow((window) => lastChange(window, false))],
  ['resets', perWindow(countResets)],
  ['changes', perWindow(countChanges)],
]);

interface ChangeOptions {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/**
 * The change between the first and last sample, extrapolated to the window's ends as far as the samples' spacing makes it
 * likely that the series covers them, and for counters no further down than zero. ABSENT with fewer than two samples.
 */
function extrapolatedChange(window: Window, { counter, perSecond }: ChangeOptions): number {
  const { timestamps, values, from, to } = window;
  const last = to - 1;
  if (last <= from) {
    return ABSENT;
  }
  const firstMs = timestamps[from] ?? 0;
  const lastMs = timestamps[last] ?? 0;
  const firstValue = values[from] ?? 0;
  let change = (values[last] ?? 0) - firstValue;
  if (counter && window.seriesHasDrops) {
    for (let i = from + 1; i < to; i += 1) {
      const before = values[i - 1] ?? 0;
      if ((values[i] ?? 0) < before) {
        change += before;
      }
    }
  }
  const sampled = (lastMs - firstMs) / 1000;
  const spacing = sampled / (last - from);
  const threshold = spacing * 1.1;
  let toStart = (firstMs - window.rangeStartMs) / 1000;
  let toEnd = (window.rangeEndMs - lastMs) / 1000;
  if (toStart >= threshold) {
    toStart = spacing / 2;
  }
  if (counter && change > 0 && firstValue >= 0) {
    toStart = Math.min(toStart, sampled * (firstValue / change));
  }
  if (toEnd >= threshold) {
    toEnd = spacing / 2;
  }
  let factor = (sampled + toStart + toEnd) / sampled;
  if (perSecond) {
    factor /= window.rangeMs / 1000;
  }
  return change * factor;
}

function lastChange({ timestamps, values, from, to }: Window, perSecond: boolean): number {
  const last = to - 1;
  if (last <= from) {
    return ABSENT;
  }
  const value = values[last] ?? 0;
  const before = values[last - 1] ?? 0;
  // A counter that went down was reset: all of its value is new.
  const change = perSecond && value < before ? value : value - before;
  return perSecond ? change / (((timestamps[last] ?? 0) - (timestamps[last - 1] ?? 0)) / 1000) : change;
}

function countResets({ values, from, to }: Window): number {
  let resets = 0;
  for (let i = from + 1; i < to; i += 1) {
    if ((values[i] ?? 0) < (values[i - 1] ?? 0)) {
      resets += 1;
    }
  }
  return resets;
}

function countChanges({ values, from, to }: Window): number {
  let changes = 0;
  for (let i = from + 1; i < to; i += 1) {
    const value = values[i] ?? 0;
    const before = values[i - 1] ?? 0;
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) {
      changes += 1;
    }
  }
  return changes;
}

function inspectCounter({ context, rangeArg, result }: RangeInspection): void {
  const { steps } = context.grid;
  const checked = new Set<string>();
  for (const [row, labels] of result.labels.entries()) {
    const name = labels.get(METRIC_NAME);
    if (name === '' || checked.has(name) || /_(total|sum|count|bucket)$/.test(name)) {
      continue;
    }
    if (result.data.subarray(row * steps, (row + 1) * steps).some((value) => value !== ABSENT)) {
      checked.add(name);
      const reason = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket';
      context.annotate('info', `${reason}: ${JSON.stringify(name)}`, rangeArg.span);
    }
  }
}
