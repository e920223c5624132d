import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { unwrapParens } from '../ast.ts';
import type { RangeInspection, Window } from '../evaluate/range-function.ts';
import type { RangeValue } from '../evaluate/values.ts';
import { quoteGo } from '../format-value.ts';
import { eventKernel, lastChangeKernel } from './change-kernels.ts';
import { type ChangeOptions, extrapolationKernel } from './extrapolation.ts';
import { type FunctionImplementation, type FunctionTable, perWindow } from './function-table.ts';

const COUNTER = { inspect: inspectCounter, isInspected: hasDoubtfulCounter };

/** Change over a window: per second or in total, of counters or gauges. */
export const rateFunctions: FunctionTable = new Map([
  ['rate', extrapolated({ counter: true, perSecond: true }, COUNTER)],
  ['increase', extrapolated({ counter: true, perSecond: false }, COUNTER)],
  ['delta', extrapolated({ counter: false, perSecond: false })],
  ['irate', perWindow((window) => lastChange(window, true), { kernel: (setting) => lastChangeKernel(setting, true) })],
  ['idelta', perWindow((window) => lastChange(window, false), { kernel: (setting) => lastChangeKernel(setting, false) })],
  ['resets', perWindow((window) => countEvents(window, isReset), { kernel: (setting) => eventKernel(setting, 'reset') })],
  ['changes', perWindow((window) => countEvents(window, isChange), { kernel: (setting) => eventKernel(setting, 'change') })],
]);

function extrapolated(options: ChangeOptions, inspection: typeof COUNTER | object = {}): FunctionImplementation {
  return perWindow((window) => extrapolatedChange(window, options), {
    kernel: (setting) => extrapolationKernel(setting, options),
    ...inspection,
  });
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

type IsEvent = (value: number, before: number) => boolean;

const isReset: IsEvent = (value, before) => value < before;
const isChange: IsEvent = (value, before) => value !== before && !(Number.isNaN(value) && Number.isNaN(before));

function countEvents({ values, from, to }: Window, isEvent: IsEvent): number {
  let events = 0;
  for (let i = from + 1; i < to; i += 1) {
    events += isEvent(values[i] ?? 0, values[i - 1] ?? 0) ? 1 : 0;
  }
  return events;
}

/** Whether any series is named unlike a counter. */
function hasDoubtfulCounter(series: RangeValue['series']): boolean {
  let known = '';
  for (const { labels } of series) {
    const name = labels.metricName;
    if (name !== known) {
      if (isDoubtful(labels)) {
        return true;
      }
      known = name;
    }
  }
  return false;
}

function isDoubtful(labels: Labels): boolean {
  const name = labels.get(METRIC_NAME);
  return name !== '' && !/_(total|sum|count|bucket)$/.test(name);
}

/** Prometheus forgets where a subquery stands, and says that it is at the beginning. */
const NOWHERE = { start: 0, end: 0 };

function inspectCounter({ context, rangeArg, result }: RangeInspection): void {
  const { steps } = context.grid;
  const checked = new Set<string>();
  for (const [row, labels] of result.labels.entries()) {
    const name = labels.get(METRIC_NAME);
    if (checked.has(name) || !isDoubtful(labels)) {
      continue;
    }
    if (result.data.subarray(row * steps, (row + 1) * steps).some((value) => value !== ABSENT)) {
      checked.add(name);
      const reason = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket';
      context.annotate(
        'info',
        `${reason}: ${quoteGo(name)}`,
        unwrapParens(rangeArg).kind === 'subquery' ? NOWHERE : rangeArg.span,
      );
    }
  }
}
