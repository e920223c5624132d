import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseClassicMatchers } from './classic-matchers.ts';
import { parseMatcher, parseMatchers } from './parse-matchers.ts';
import { parseUtf8Matchers } from './utf8-matchers.ts';

interface MatcherCase {
  readonly func: string;
  readonly name: string;
  readonly input: string;
  readonly matchers: readonly { op: string; name: string; value: string }[] | null;
  readonly error: string | null;
}

const CASES = new URL('../../../../../shared/testdata/alertmanager/cases-matchers-utf8.json', import.meta.url);
const cases: readonly MatcherCase[] = existsSync(CASES) ? JSON.parse(readFileSync(CASES, 'utf8')) : [];

const shown = (matchers: readonly { operator: string; name: string; value: string }[]) =>
  matchers.map(({ operator, name, value }) => ({ op: operator, name, value }));

describe.skipIf(cases.length === 0)('Alertmanager matcher cases (skipped without ../shared/testdata)', () => {
  it.for(cases)('$func: $name', ({ func, input, matchers, error }) => {
    const parse = () => (func === 'TestMatcher' ? parseOne(input) : shown(parseUtf8Matchers(input)));
    if (error === null) {
      expect(parse()).toEqual(matchers);
    } else {
      expect(parse).toThrow(error);
    }
  });
});

function parseOne(input: string) {
  const matchers = parseUtf8Matchers(input);
  return input.startsWith('{') && matchers.length === 1 ? shown(matchers) : shown([parseMatcher(strip(input), 'utf8-strict')]);
}

// parse.Matcher of Alertmanager accepts braces, the amtool-level parseMatcher does not.
function strip(input: string): string {
  return input.replace(/^\{/, '').replace(/\}$/, '');
}

describe('classic matchers', () => {
  it.for([
    { input: '{foo="bar"}', expected: ['foo="bar"'], why: 'braces are optional' },
    { input: 'foo=bar baz', expected: ['foo="bar baz"'], why: 'unquoted values may hold spaces' },
    { input: 'foo=', expected: ['foo=""'], why: 'a value may be empty' },
    { input: 'a=b,c=~"d,e"', expected: ['a="b"', 'c=~"d,e"'], why: 'a comma in quotes is no separator' },
    { input: 'foo="a\\"b\\nc\\\\d\\w"', expected: ['foo="a\\"b\\nc\\\\d\\\\w"'], why: 'only three escapes, others stay' },
  ])('$why', ({ input, expected }) => {
    expect(parseClassicMatchers(input).map(String)).toEqual(expected);
  });

  it.for([
    { input: 'foo="bar', why: 'open quote' },
    { input: 'foo=ba"r', why: 'quote inside' },
    { input: '5foo=bar', why: 'a name may not start with a digit' },
    { input: 'foo=~"("', why: 'not a regular expression' },
  ])('refuses: $why', ({ input }) => {
    expect(() => parseClassicMatchers(input)).toThrow();
  });
});

describe('fallback mode', () => {
  it.for([
    { input: 'foo=bar', expected: ['foo="bar"'], warns: false, why: 'both agree' },
    { input: '{"fö"="bar"}', expected: ['fö="bar"'], warns: false, why: 'only UTF-8 accepts' },
    { input: 'foo=', expected: ['foo=""'], warns: true, why: 'only classic accepts' },
    {
      input: 'foo="\\xf0\\x9f\\x99\\x82"',
      expected: ['foo="\\\\xf0\\\\x9f\\\\x99\\\\x82"'],
      warns: true,
      why: 'classic wins a disagreement',
    },
  ])('$why', ({ input, expected, warns }) => {
    const parsed = parseMatchers(input);
    expect(parsed.matchers.map(String)).toEqual(expected);
    expect(parsed.warning !== undefined).toBe(warns);
  });

  it('refuses braces around a single matcher as amtool does', () => {
    expect(() => parseMatcher('{a=b}')).toThrow('unexpected open or close brace');
  });
});
