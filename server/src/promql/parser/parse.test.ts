import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectorsOf } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { format } from '../format.ts';
import { parse } from './parse.ts';

describe('parsing and printing', () => {
  it.for([
    { text: 'a+b*c', printed: 'a + b * c', why: 'spacing' },
    { text: '-a offset 5m', printed: '-a offset 5m', why: 'a modifier belongs to the selector, not the sign' },
    { text: 'a + b[5m:] offset 1m', error: true, printed: '', why: 'a subquery belongs to b, which makes the sum wrong' },
    {
      text: 'a + sum_over_time(b[5m:] offset 1m) * c',
      printed: 'a + sum_over_time(b[5m:] offset 1m) * c',
      why: 'inside calls too',
    },
    { text: '-1 ^ 2', printed: '-1 ^ 2', why: 'the power comes before the sign' },
    { text: '0x1F + 1e3 + 1h30m + .5 + 2.', printed: '31 + 1000 + 1h30m + 0.5 + 2', why: 'spellings of numbers' },
    { text: 'inf - NaN', printed: '+Inf - NaN', why: 'special numbers' },
    { text: 'x[90] offset 1.5', printed: 'x[1m30s] offset 1s500ms', why: 'plain numbers are seconds' },
    { text: 'x @ 1.5 offset -1d', printed: 'x @ 1.500 offset -1d', why: 'pinned times and negative offsets' },
    { text: 'x[5m:1m] @ end()', printed: 'x[5m:1m] @ end()', why: 'the end of the query' },
    { text: 'sum(x) by (a)', printed: 'sum by (a) (x)', why: 'grouping may follow' },
    { text: 'SUM without("b c") (x)', printed: 'sum without ("b c") (x)', why: 'quoted label names, any case' },
    { text: '{"http.requests", "a b"!~"x"}', printed: '{"a b"!~"x",__name__="http.requests"}', why: 'quoted metric names' },
    { text: 'a > bool on(x) group_left(y) b', printed: 'a > bool on (x) group_left (y) b', why: 'matching' },
    { text: 'a and b or c unless d', printed: 'a and b or c unless d', why: 'set operators' },
    { text: "count_values('v\\'', x)", printed: 'count_values("v\'", x)', why: 'strings' },
    {
      text: 'x[2*(5m-step())] offset -min_of(range(),1h)',
      printed: 'x[2 * (5m - step())] offset -min_of(range(), 1h)',
      why: 'durations',
    },
    { text: 'x offset 2 ^ 2', printed: 'x offset 2s ^ 2', why: 'an operator after a plain offset is not part of it' },
    { text: '{b="1",a="2"}', printed: '{a="2",b="1"}', why: 'matchers in order' },
    { text: '# why\nup # trailing', printed: 'up', why: 'comments' },
  ])('$why: $text', ({ text, printed, error }) => {
    if (error === true) {
      expect(() => parse(text)).toThrow(PromqlParseError);
      return;
    }
    expect(format(parse(text))).toBe(printed);
    expect(format(parse(printed))).toBe(printed);
  });
});

describe('errors', () => {
  it.for([
    { text: '', message: '1:1: parse error: no expression found in input' },
    { text: 'sum(up', message: '1:7: parse error: unclosed left parenthesis' },
    { text: 'sum(a b)', message: '1:7: parse error: unexpected identifier "b" in aggregation' },
    { text: 'a[5m b]', message: "1:6: parse error: unexpected character: 'b', expected ':'" },
    { text: 'a[5m:', message: '1:6: parse error: unclosed left bracket' },
    {
      text: 'a{b "c"}',
      message: '1:5: parse error: unexpected string "\\"c\\"" in label matching, expected label matching operator',
    },
    { text: 'sum by (a b) (c)', message: '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"' },
    {
      text: 'a offset',
      message: '1:9: parse error: unexpected end of input in offset, expected number, duration, step(), or range()',
    },
    { text: 'a[5m/0]', message: '1:5: parse error: division by zero' },
    { text: 'é + 1.5h', message: "1:1: parse error: unexpected character: 'é'" },
    { text: '"é" + 1.5h', message: '1:8: parse error: not a valid duration string: "1.5h"' },
    { text: 'a +\n  foo(b)', message: '2:3: parse error: unknown function with name "foo"' },
    { text: 'rate(up)', message: '1:6: parse error: expected type range vector in call to function "rate", got instant vector' },
    { text: 'abs()', message: '1:1: parse error: expected 1 argument(s) in call to "abs", got 0' },
    { text: 'round(a, 1, 2)', message: '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3' },
    { text: '1 > 2', message: '1:3: parse error: comparisons between scalars must use BOOL modifier' },
    { text: 'a + bool b', message: '1:3: parse error: bool modifier can only be used on comparison operators' },
    { text: 'a or 1', message: '1:1: parse error: set operator "or" not allowed in binary scalar expression' },
    { text: 'a and on(x) group_left b', message: '1:1: parse error: no grouping allowed for "and" operation' },
    { text: 'a + on(x) group_left(x) b', message: '1:3: parse error: label "x" must not occur in ON and GROUP clause at once' },
    { text: '{a=""}', message: '1:1: parse error: vector selector must contain at least one non-empty matcher' },
    { text: 'a{__name__="b"}', message: '1:1: parse error: metric name must not be set twice: "a" or "b"' },
    { text: '(a)[5m]', message: '1:4: parse error: ranges only allowed for vector selectors' },
    { text: 'a offset 1m offset 2m', message: '1:1: parse error: offset may not be set multiple times' },
    { text: 'a[0s]', message: '1:3: parse error: duration must be greater than 0' },
    {
      text: 'topk(a)',
      message: '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
    },
    {
      text: '-"x"',
      message: '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    },
    { text: 'a{b="\\q"}', message: `1:5: parse error: unknown escape sequence U+0071 'q'` },
    { text: '"abc', message: '1:1: parse error: unterminated quoted string' },
  ])('$text', ({ text, message }) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('of a regular expression that is not RE2 names it', () => {
    expect(() => parse('a{b=~"(?=x)"}')).toThrow(/^1:3: parse error: error parsing regexp/);
  });
});

describe('hostile text', () => {
  it.for([
    { text: '('.repeat(50_000), why: 'parentheses' },
    { text: `${'('.repeat(3_000)}a${')'.repeat(3_000)}`, why: 'balanced parentheses' },
    { text: `${'-'.repeat(20_000)}a`, why: 'signs' },
    { text: 'a+'.repeat(20_000), why: 'operators' },
    { text: 'a^'.repeat(20_000).concat('a'), why: 'powers' },
    { text: 'sum('.repeat(5_000), why: 'aggregations' },
    { text: 'x'.repeat(100_001), why: 'length' },
  ])('$why: refused, not overflowing', ({ text }) => {
    expect(() => parse(text)).toThrow(PromqlParseError);
  });

  it('never throws anything else', () => {
    const words = [
      'a',
      'sum',
      'rate',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '5m',
      '1e3',
      '"',
      "'",
      'by',
      'on',
      'offset',
      '@',
      '-',
      '=~',
      '==',
      ',',
      ':',
      'and',
      'bool',
      '\\',
      '\n',
      '#',
      '😀',
      'start()',
    ];
    const soup = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary' })), { maxLength: 25 });
    fc.assert(
      fc.property(soup, fc.boolean(), (parts, spaced) => {
        try {
          parse(parts.join(spaced ? ' ' : ''));
        } catch (error) {
          expect(error).toBeInstanceOf(PromqlParseError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('selectorsOf', () => {
  it('lists the matchers of every selector in source order', () => {
    const selectors = selectorsOf(parse('sum(rate(a{x="1"}[5m])) / on () group_left () max_over_time(b[1h:1m])'));
    expect(selectors.map((matchers) => matchers.map(String))).toEqual([['x="1"', '__name__="a"'], ['__name__="b"']]);
  });
});
