import { describe, expect, it } from 'vitest';
import { formatGoFloat, formatSampleValue, quoteGo } from './format-value.ts';

describe('sample values', () => {
  it.for([
    { value: 1.5, text: '1.5', why: 'plain' },
    { value: 1e21, text: '1000000000000000000000', why: 'JavaScript would use an exponent' },
    { value: 1.234e-7, text: '0.0000001234', why: 'small, too' },
    { value: -2.5e25, text: '-25000000000000000000000000', why: 'negative and large' },
    { value: Number.POSITIVE_INFINITY, text: '+Inf', why: 'infinity has a sign' },
    { value: Number.NaN, text: 'NaN', why: 'not a number' },
    { value: -0, text: '-0', why: 'negative zero' },
  ])('$text: $why', ({ value, text }) => {
    expect(formatSampleValue(value)).toBe(text);
  });

  it.for([
    { value: 1e21, from: 21, text: '1e+21', why: '%v switches at 21 digits' },
    { value: 123456789, from: 21, text: '123456789', why: '%v keeps fewer' },
    { value: 0.00001, from: 21, text: '1e-05', why: 'small ones have an exponent of two digits' },
    { value: 1e6, from: 6, text: '1e+06', why: '%g switches at six' },
    { value: 1.5, from: 6, text: '1.5', why: '%g keeps short ones' },
  ] as const)('$text: $why', ({ value, from, text }) => {
    expect(formatGoFloat(value, from)).toBe(text);
  });

  it('quotes as Go does, bytes that are no UTF-8 included', () => {
    expect(quoteGo('a"b\\c\n\u0001\udcc5ä')).toBe('"a\\"b\\\\c\\n\\x01\\xc5ä"');
  });
});
