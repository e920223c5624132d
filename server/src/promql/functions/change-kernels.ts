import { ABSENT } from '../../model/sample.ts';
import type { KernelSetting, SeriesKernel } from '../evaluate/range-function.ts';

/** Whether something happened between two samples. */
export type Event = (value: number, before: number) => boolean;

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

/** Counts the events in each window from counts of all events before each sample. */
export function eventKernel({ windows: { grid, from, to } }: KernelSetting, isEvent: Event): SeriesKernel {
  let counts = new Int32Array(256);
  return ({ values, out, at }) => {
    if (counts.length < values.length) {
      counts = new Int32Array(values.length * 2);
    }
    let count = 0;
    let before = values[0] ?? 0;
    counts[0] = 0;
    for (let i = 1; i < values.length; i += 1) {
      const value = values[i] ?? 0;
      count += isEvent(value, before) ? 1 : 0;
      counts[i] = count;
      before = value;
    }
    for (let step = 0; step < grid.steps; step += 1) {
      const first = from[step] ?? 0;
      const behind = to[step] ?? 0;
      out[at + step] = first === behind ? ABSENT : (counts[behind - 1] ?? 0) - (counts[first] ?? 0);
    }
  };
}
