import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLabels, Labels } from './labels.ts';

const labelSet = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' }),
  fc.string({ maxLength: 4, unit: 'grapheme' }),
  {
    maxKeys: 5,
  },
);

describe('Labels', () => {
  it.for([
    { a: { x: '1', y: '2' }, b: { y: '2', x: '1' }, equal: true, why: 'order of building does not matter' },
    { a: { x: '1' }, b: { x: '1', y: '' }, equal: true, why: 'an empty value is no label' },
    { a: { x: '1' }, b: { x: '2' }, equal: false, why: 'values differ' },
    { a: { x: 'y', z: '1' }, b: { x: 'y\udffez\udffe1' }, equal: false, why: 'a value cannot imitate more labels' },
    { a: { ab: 'c' }, b: { a: 'bc' }, equal: false, why: 'name and value are kept apart' },
    { a: {}, b: { x: '' }, equal: true, why: 'nothing is the empty set' },
  ])('equality: $why', ({ a, b, equal }) => {
    expect(Labels.from(a).equals(Labels.from(b))).toBe(equal);
    expect(Labels.from(a).key === Labels.from(b).key).toBe(equal);
  });

  it('gives back what it was built from, without empty values', () => {
    fc.assert(
      fc.property(labelSet, (record) => {
        const kept = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
        const labels = Labels.from(record);
        expect(labels.toJSON()).toEqual(kept);
        expect(labels.size).toBe(Object.keys(kept).length);
        expect(Object.entries(kept).every(([name, value]) => labels.get(name) === value)).toBe(true);
      }),
    );
  });

  it('orders totally, and equal means equal keys', () => {
    fc.assert(
      fc.property(labelSet, labelSet, labelSet, (...records) => {
        const [a, b, c] = records.map(Labels.from).sort(compareLabels);
        if (a !== undefined && b !== undefined && c !== undefined) {
          expect(compareLabels(a, c)).toBeLessThanOrEqual(0);
          expect(compareLabels(b, a)).toBe(-compareLabels(a, b) + 0);
          expect(compareLabels(a, b) === 0).toBe(a.equals(b));
        }
      }),
    );
  });

  it.for([
    { a: { a: '1' }, b: { a: '2' }, why: 'by value' },
    { a: { a: '9' }, b: { b: '1' }, why: 'by name first' },
    { a: { a: '1' }, b: { a: '1', b: '1' }, why: 'shorter first' },
    { a: {}, b: { a: '1' }, why: 'the empty set first' },
  ])('sorts $why', ({ a, b }) => {
    expect(compareLabels(Labels.from(a), Labels.from(b))).toBe(-1);
    expect(compareLabels(Labels.from(b), Labels.from(a))).toBe(1);
  });

  const series = Labels.from({ __name__: 'up', job: 'api', instance: 'a:1' });

  it.for([
    { made: series.only(['job', 'nothing']), text: '{job="api"}', why: 'only' },
    { made: series.without(['instance']), text: 'up{job="api"}', why: 'without' },
    { made: series.withoutMetricName(), text: '{instance="a:1", job="api"}', why: 'withoutMetricName' },
    { made: series.with({ job: '', zone: 'b' }), text: 'up{instance="a:1", zone="b"}', why: 'with sets and removes' },
    { made: series.only(['__name__']), text: 'up', why: 'a bare name has no braces' },
    { made: Labels.EMPTY, text: '{}', why: 'nothing at all' },
    { made: Labels.from({ a: 'say "hi"\n\\' }), text: '{a="say \\"hi\\"\\n\\\\"}', why: 'values are escaped' },
  ])('$why: $text', ({ made, text }) => {
    expect(made.toString()).toBe(text);
  });

  it('takes names that objects have by themselves for ordinary ones', () => {
    const labels = Labels.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
    expect(Labels.from(JSON.parse(JSON.stringify(labels)) as Record<string, string>).equals(labels)).toBe(true);
    expect(Labels.EMPTY.get('constructor')).toBe('');
  });

  it('keeps the last value of a name given twice', () => {
    expect(
      Labels.fromEntries([
        ['a', '1'],
        ['a', '2'],
      ]).get('a'),
    ).toBe('2');
  });
});
