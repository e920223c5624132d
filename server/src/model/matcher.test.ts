import { describe, expect, it } from 'vitest';
import { Labels } from './labels.ts';
import { AlertMatcher, InvalidMatcherError, Matcher, type MatchOperator, matchesAll } from './matcher.ts';

interface Case {
  readonly operator: MatchOperator;
  readonly pattern: string;
  readonly value: string;
  readonly matches: boolean;
  readonly why: string;
}

const CASES: readonly Case[] = [
  { operator: '=', pattern: 'a', value: 'a', matches: true, why: 'equal' },
  { operator: '=', pattern: 'a', value: 'A', matches: false, why: 'case counts' },
  { operator: '=', pattern: '', value: '', matches: true, why: 'empty equals a missing label' },
  { operator: '!=', pattern: 'a', value: '', matches: true, why: 'a missing label is not "a"' },
  { operator: '=~', pattern: 'a', value: 'ab', matches: false, why: 'anchored at the end' },
  { operator: '=~', pattern: 'b', value: 'ab', matches: false, why: 'anchored at the start' },
  { operator: '=~', pattern: 'a|b', value: 'b', matches: true, why: 'anchors surround the alternatives' },
  { operator: '=~', pattern: 'a|b', value: 'ab', matches: false, why: 'both of them' },
  { operator: '=~', pattern: 'a.c', value: 'a\nc', matches: true, why: 'a dot matches newline' },
  { operator: '=~', pattern: '.*', value: '', matches: true, why: 'a star matches a missing label' },
  { operator: '=~', pattern: '.+', value: '', matches: false, why: 'a plus does not' },
  { operator: '=~', pattern: '(?i)PROD', value: 'prod', matches: true, why: 'RE2 flags' },
  { operator: '=~', pattern: '[[:digit:]]+', value: '42', matches: true, why: 'POSIX classes' },
  { operator: '=~', pattern: '\\d\\.x', value: '4.x', matches: true, why: 'escapes' },
  { operator: '!~', pattern: 'a.*', value: 'abc', matches: false, why: 'negated match' },
  { operator: '!~', pattern: 'a.*', value: '', matches: true, why: 'negated, missing label' },
];

describe('Matcher', () => {
  it.for(CASES)('"$value" $operator "$pattern": $why', ({ operator, pattern, value, matches }) => {
    const matcher = new Matcher('label', operator, pattern);
    expect(matcher.matches(value)).toBe(matches);
    expect(matcher.matches(value), 'the remembered verdict').toBe(matches);
    expect(matcher.matchesLabels(Labels.from({ label: value, other: 'x' }))).toBe(matches);
  });

  it.for([
    { pattern: '(', why: 'does not parse' },
    { pattern: '(?=a)', why: 'lookaround is not RE2' },
    { pattern: '(a)\\1', why: 'neither are back-references' },
    { pattern: 'a{1001}', why: 'RE2 bounds repetition' },
  ])('refuses $pattern: $why', ({ pattern }) => {
    expect(() => new Matcher('label', '=~', pattern)).toThrow(InvalidMatcherError);
    expect(() => new Matcher('label', '=', pattern)).not.toThrow();
  });

  it('cannot be stalled by a hostile pattern and value', () => {
    const startedAt = performance.now();
    expect(new Matcher('label', '=~', '(a+)+').matches(`${'a'.repeat(20_000)}!`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('stays right when more values come by than it remembers', () => {
    const matcher = new Matcher('label', '=~', 'v[0-9]*5');
    const wrong = Array.from({ length: 25_000 }, (_, i) => i).filter((i) => matcher.matches(`v${i}`) !== (i % 10 === 5));
    expect(wrong).toEqual([]);
  });

  it.for([
    { matcher: new Matcher('a', '=~', 'two.lines'), expected: true, why: 'in Prometheus 3 it does' },
    { matcher: new AlertMatcher('a', '=~', 'two.lines'), expected: false, why: 'in Alertmanager it does not' },
    { matcher: new AlertMatcher('a', '=~', '(?s)two.lines'), expected: true, why: 'unless the flag is set' },
  ])('a dot and a line break: $why', ({ matcher, expected }) => {
    expect(matcher.matches('two\nlines')).toBe(expected);
  });

  it('needs every matcher of a list, and none of an empty one', () => {
    const labels = Labels.from({ a: '1', b: '2' });
    expect(matchesAll([new Matcher('a', '=', '1'), new Matcher('b', '!=', '3')], labels)).toBe(true);
    expect(matchesAll([new Matcher('a', '=', '1'), new Matcher('b', '=', '3')], labels)).toBe(false);
    expect(matchesAll([], labels)).toBe(true);
  });

  it('prints as PromQL writes it', () => {
    expect(String(new Matcher('a', '!~', 'x"y'))).toBe('a!~"x\\"y"');
  });
});
