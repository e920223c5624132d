import { RE2JS } from 're2js';
import type { Labels } from './labels.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export class InvalidMatcherError extends Error {
  override readonly name = 'InvalidMatcherError';
}

/**
 * One label condition. Regular expressions are RE2 (linear time), anchored at both ends, `.` matches newline.
 * A missing label equals the empty string, so `a=""` and `a!="x"` match series without `a`.
 * Verdicts of regular expressions are remembered per label value (bounded), because a label has few distinct values.
 */
export class Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly #pattern: RE2JS | undefined;
  readonly #verdicts = new Map<string, boolean>();

  /** @throws InvalidMatcherError when the regular expression is not RE2. */
  constructor(name: string, operator: MatchOperator, value: string) {
    this.name = name;
    this.operator = operator;
    this.value = value;
    this.#pattern = operator === '=~' || operator === '!~' ? compile(value, this.flags) : undefined;
  }

  /** RE2 flags of the regular expression. */
  protected get flags(): number {
    return RE2JS.DOTALL;
  }

  matches(labelValue: string): boolean {
    switch (this.operator) {
      case '=':
        return labelValue === this.value;
      case '!=':
        return labelValue !== this.value;
      case '=~':
        return this.#test(labelValue);
      case '!~':
        return !this.#test(labelValue);
    }
  }

  matchesLabels(labels: Labels): boolean {
    return this.matches(labels.get(this.name));
  }

  toString(): string {
    return `${this.name}${this.operator}${JSON.stringify(this.value)}`;
  }

  #test(labelValue: string): boolean {
    const known = this.#verdicts.get(labelValue);
    if (known !== undefined) {
      return known;
    }
    const verdict = this.#pattern?.matches(labelValue) ?? false;
    if (this.#verdicts.size >= MAX_VERDICTS) {
      this.#verdicts.clear();
    }
    this.#verdicts.set(labelValue, verdict);
    return verdict;
  }
}

/** A matcher as Alertmanager has it: `.` does not match a newline. */
export class AlertMatcher extends Matcher {
  protected override get flags(): number {
    return 0;
  }
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matchesLabels(labels));
}

const MAX_VERDICTS = 10_000;

function compile(pattern: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(pattern, flags);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidMatcherError(`invalid regular expression ${JSON.stringify(pattern)}: ${reason}`, { cause });
  }
}
