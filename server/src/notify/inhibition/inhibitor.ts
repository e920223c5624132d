import type { Labels } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import type { NotifiedAlert } from '../notified-alert.ts';
import type { InhibitRule } from './inhibit-rule-spec.ts';

interface RuleIndex {
  readonly rule: InhibitRule;
  /** Equal-labels key → fingerprint → does the source match the target side too. */
  readonly sources: Map<string, Map<string, boolean>>;
}

const SEPARATOR = '\udfff';

/**
 * Says which active alert inhibits a label set. Follows the documented semantics, not the index quirks of Alertmanager:
 * every active source counts. An alert that matches both sides is not inhibited by others that match both sides.
 */
export class Inhibitor {
  readonly #rules: readonly RuleIndex[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules.map((rule) => ({ rule, sources: new Map() }));
  }

  /** Takes note of an alert's newest state: firing ones inhibit, others do not. */
  update(alert: NotifiedAlert): void {
    for (const { rule, sources } of this.#rules.filter((index) => matchesAll(index.rule.source, alert.labels))) {
      const key = equalKey(rule, alert.labels);
      const holders = sources.get(key) ?? new Map<string, boolean>();
      if (alert.status === 'firing') {
        sources.set(key, holders.set(alert.fingerprint, matchesAll(rule.target, alert.labels)));
      } else if (holders.delete(alert.fingerprint) && holders.size === 0) {
        sources.delete(key);
      }
    }
  }

  /** The fingerprint of a source of the first rule that applies, or nothing. */
  inhibitedBy(labels: Labels): readonly string[] {
    for (const { rule, sources } of this.#rules) {
      const holders = sources.get(equalKey(rule, labels));
      if (holders === undefined || !matchesAll(rule.target, labels)) {
        continue;
      }
      const isTwoSided = matchesAll(rule.source, labels);
      const source = [...holders].find(([, matchesTarget]) => !(isTwoSided && matchesTarget));
      if (source !== undefined) {
        return [source[0]];
      }
    }
    return [];
  }
}

function equalKey(rule: InhibitRule, labels: Labels): string {
  return rule.equal.map((name) => labels.get(name)).join(SEPARATOR);
}
