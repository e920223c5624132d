import { containsTime, type TimeInterval } from './time-interval.ts';

/** What a route says about its own times. */
export interface TimedRoute {
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
}

export type TimeIntervals = ReadonlyMap<string, readonly TimeInterval[]>;

/**
 * The names of the intervals that keep a route quiet at `at`: mute intervals that contain it, or, when the route has active
 * intervals and none of them contains it, all of those. Empty when the route may notify.
 */
export function mutingIntervals(route: TimedRoute, intervals: TimeIntervals, at: number): readonly string[] {
  const contains = (name: string) => (intervals.get(name) ?? []).some((interval) => containsTime(interval, at));
  const muting = route.muteTimeIntervals.filter(contains);
  const isOutside = route.activeTimeIntervals.length > 0 && !route.activeTimeIntervals.some(contains);
  return isOutside ? [...muting, ...route.activeTimeIntervals] : muting;
}
