import { ABSENT } from '../../model/sample.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';

/** Whether a sample is a change or a reset against the one before. */
export type Event = 'change' | 'reset';

/** The change between the last two samples of each window. */
export function lastChangeKernel({ windows: { grid, from, to } }: KernelSetting, perSecond: boolean): SeriesKernel {
  return ({ timestamps, values, out, at }) => {
    for (let step = 0; step < grid.steps; step += 1) {
      const last = (to[step] ?? 0) - 1;
      if (last <= (from[step] ?? 0)) {
        out[at + step] = ABSENT;
        continue;
      }
      const value = values[last] ?? 0;
      const before = values[last - 1] ?? 0;
      // A counter that went down was reset: all of its value is new.
      const change = perSecond && value < before ? value : value - before;
      out[at + step] = perSecond ? change / (((timestamps[last] ?? 0) - (timestamps[last - 1] ?? 0)) / 1000) : change;
    }
  };
}

/** Counts the events in each window from the number of all events up to each sample. */
export function eventKernel({ windows: { grid, from, to } }: KernelSetting, event: Event): SeriesKernel {
  let counts = new Int32Array(256);
  return ({ values, out, at }) => {
    if (counts.length < values.length) {
      counts = new Int32Array(values.length * 2);
    }
    countEvents(values, event, counts);
    for (let step = 0; step < grid.steps; step += 1) {
      const first = from[step] ?? 0;
      const behind = to[step] ?? 0;
      out[at + step] = first === behind ? ABSENT : (counts[behind - 1] ?? 0) - (counts[first] ?? 0);
    }
  };
}

/** Writes how many events there were up to each sample. */
function countEvents(values: Float64Array, event: Event, counts: Int32Array): void {
  const countsChanges = event === 'change';
  let count = 0;
  let before = values[0] ?? 0;
  counts[0] = 0;
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const isEvent = countsChanges ? value !== before && !(Number.isNaN(value) && Number.isNaN(before)) : value < before;
    count += isEvent ? 1 : 0;
    counts[i] = count;
    before = value;
  }
}
