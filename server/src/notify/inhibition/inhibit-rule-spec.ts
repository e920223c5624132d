import { z } from 'zod';
import type { Matcher } from '../../model/matcher.ts';
import { MatcherList, matchMap, Text } from '../routing/config-fields.ts';

/** Alerts matching `target` are quiet while an active alert matches `source` and both agree on every `equal` label. */
export interface InhibitRule {
  readonly name: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export const InhibitRuleSpec = z
  .strictObject({
    name: Text.optional(),
    source_matchers: MatcherList.optional(),
    target_matchers: MatcherList.optional(),
    source_match: matchMap('=').optional(),
    source_match_re: matchMap('=~').optional(),
    target_match: matchMap('=').optional(),
    target_match_re: matchMap('=~').optional(),
    equal: z.array(Text).optional(),
  })
  .transform(
    (spec): InhibitRule => ({
      name: spec.name ?? '',
      source: [...(spec.source_match ?? []), ...(spec.source_match_re ?? []), ...(spec.source_matchers ?? [])],
      target: [...(spec.target_match ?? []), ...(spec.target_match_re ?? []), ...(spec.target_matchers ?? [])],
      equal: spec.equal ?? [],
    }),
  );
