import { ABSENT } from '../../model/sample.ts';
import type { KernelSetting, SeriesKernel, SeriesRun } from '../evaluate/range-function.ts';

/** Whether a sample is a change or a reset against the one before. */
export type Event = 'change' | 'reset';

/** The change between the last two samples of each window. */
export function lastChangeKernel({ windows }: KernelSetting, perSecond: boolean): SeriesKernel {
  const { from, to } = windows;
  return ({ timestamps, values, start, out, at }) => {
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const last = (to[step] ?? 0) - 1;
      if (last <= (from[step] ?? 0)) {
        out[at + step] = ABSENT;
        continue;
      }
      const value = values[start + last] ?? 0;
      const before = values[start + last - 1] ?? 0;
      // A counter that went down was reset: all of its value is new.
      const change = perSecond && value < before ? value : value - before;
      out[at + step] = perSecond ? change / (((timestamps[last] ?? 0) - (timestamps[last - 1] ?? 0)) / 1000) : change;
    }
  };
}

/** Counts the events in each window from the number of all events up to each sample. */
export function eventKernel({ windows }: KernelSetting, event: Event): SeriesKernel {
  const { from, to } = windows;
  let counts = new Int32Array(256);
  return (run) => {
    const { out, at } = run;
    if (counts.length < run.timestamps.length) {
      counts = new Int32Array(run.timestamps.length * 2);
    }
    countEvents(run, event, counts);
    const { endStep } = windows;
    for (let step = windows.firstStep; step < endStep; step += 1) {
      const first = from[step] ?? 0;
      const behind = to[step] ?? 0;
      out[at + step] = first === behind ? ABSENT : (counts[behind - 1] ?? 0) - (counts[first] ?? 0);
    }
  };
}

/** Writes how many events there were up to each sample. */
function countEvents({ timestamps, values, start }: SeriesRun, event: Event, counts: Int32Array): void {
  const countsChanges = event === 'change';
  const { length } = timestamps;
  let count = 0;
  let before = values[start] ?? 0;
  counts[0] = 0;
  for (let i = 1; i < length; i += 1) {
    const value = values[start + i] ?? 0;
    const isEvent = countsChanges ? value !== before && !(Number.isNaN(value) && Number.isNaN(before)) : value < before;
    count += isEvent ? 1 : 0;
    counts[i] = count;
    before = value;
  }
}
