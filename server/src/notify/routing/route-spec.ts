import { z } from 'zod';
import type { Matcher } from '../../model/matcher.ts';
import { Duration, Flag, MatcherList, matchMap, sortMatchers, Text } from './config-fields.ts';

/** A route as written: what is absent is inherited. */
export interface RouteConfig {
  readonly receiver?: string | undefined;
  readonly groupBy?: readonly string[] | undefined;
  readonly groupWaitMs?: number | undefined;
  readonly groupIntervalMs?: number | undefined;
  readonly repeatIntervalMs?: number | undefined;
  readonly continue: boolean;
  readonly matchers: readonly Matcher[];
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly routes: readonly RouteConfig[];
}

/** A node of the route tree, keys as in Alertmanager. */
export const RouteSpec: z.ZodType<RouteConfig> = z
  .strictObject({
    receiver: Text.optional(),
    group_by: z.array(Text).nullish(),
    group_wait: Duration.optional(),
    group_interval: Duration.optional(),
    repeat_interval: Duration.optional(),
    continue: Flag.optional(),
    matchers: MatcherList.optional(),
    match: matchMap('=').optional(),
    match_re: matchMap('=~').optional(),
    mute_time_intervals: z.array(Text).optional(),
    active_time_intervals: z.array(Text).optional(),
    labels: z.record(z.string(), Text).optional(),
    routes: z.lazy(() => z.array(RouteSpec)).optional(),
  })
  .transform(
    (spec): RouteConfig => ({
      receiver: spec.receiver === '' ? undefined : spec.receiver,
      groupBy: spec.group_by ?? undefined,
      groupWaitMs: spec.group_wait,
      groupIntervalMs: spec.group_interval,
      repeatIntervalMs: spec.repeat_interval,
      continue: spec.continue ?? false,
      matchers: sortMatchers([...(spec.match ?? []), ...(spec.match_re ?? []), ...(spec.matchers ?? [])]),
      muteTimeIntervals: spec.mute_time_intervals ?? [],
      activeTimeIntervals: spec.active_time_intervals ?? [],
      labels: spec.labels ?? {},
      routes: spec.routes ?? [],
    }),
  );
