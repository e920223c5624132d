import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata } from '@tila/contract/samples.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpositionParser, type ExpositionVisitor } from './exposition-parser.ts';
import type { ExpositionFormat } from './format.ts';

type Row = readonly [labels: LabelSet, value: number, timestampMs: number | null];

interface Outcome {
  readonly rows: Row[];
  readonly metadata: Record<string, Partial<MetricMetadata>>;
}

function parse(text: string, format: ExpositionFormat = 'text', parser = new ExpositionParser<LabelSet>()): Outcome {
  const rows: Row[] = [];
  const metadata: Outcome['metadata'] = {};
  parser.parse(text, format, {
    resolve: (labels) => labels,
    sample: (labels, value, timestampMs) => rows.push([labels, value, Number.isNaN(timestampMs) ? null : timestampMs]),
    metadata: (family, patch) => {
      metadata[family] = { ...metadata[family], ...patch };
    },
  });
  return { rows, metadata };
}

describe('text format 0.0.4', () => {
  it.for<{ line: string; labels: LabelSet; value: number; at?: number; why: string }>([
    { line: 'up 1', labels: { __name__: 'up' }, value: 1, why: 'no labels' },
    { line: 'a:b_c 0', labels: { __name__: 'a:b_c' }, value: 0, why: 'colons belong to metric names' },
    { line: 'm{a="b",c="d"} 2', labels: { __name__: 'm', a: 'b', c: 'd' }, value: 2, why: 'labels' },
    { line: 'm{a="b",} 2', labels: { __name__: 'm', a: 'b' }, value: 2, why: 'a comma may trail' },
    { line: 'm{} 2', labels: { __name__: 'm' }, value: 2, why: 'empty braces' },
    { line: 'm { a = "b" } 2', labels: { __name__: 'm', a: 'b' }, value: 2, why: 'blanks between tokens' },
    { line: 'm{a="b"}2', labels: { __name__: 'm', a: 'b' }, value: 2, why: 'no blank behind the brace' },
    { line: '\tm\t2\t7\t', labels: { __name__: 'm' }, value: 2, at: 7, why: 'tabs' },
    { line: 'm 2 1520879607789', labels: { __name__: 'm' }, value: 2, at: 1_520_879_607_789, why: 'timestamp in milliseconds' },
    { line: 'm 2 -5', labels: { __name__: 'm' }, value: 2, at: -5, why: 'before 1970' },
    { line: String.raw`m{a="x\"y\\z\nw\d"} 1`, labels: { __name__: 'm', a: 'x"y\\z\nw\\d' }, value: 1, why: 'escapes' },
    { line: 'm{a="} 5"} 1', labels: { __name__: 'm', a: '} 5' }, value: 1, why: 'a brace inside a value' },
    { line: 'm{a=""} 1', labels: { __name__: 'm' }, value: 1, why: 'an empty value is no label' },
    { line: '{"my.metric"} 1', labels: { __name__: 'my.metric' }, value: 1, why: 'UTF-8 metric name' },
    {
      line: '{"my.metric","a.b"="c",d="e"} 1',
      labels: { __name__: 'my.metric', 'a.b': 'c', d: 'e' },
      value: 1,
      why: 'UTF-8 label',
    },
    { line: 'm{a="ä→🙂"} 1', labels: { __name__: 'm', a: 'ä→🙂' }, value: 1, why: 'UTF-8 value' },
    { line: 'm NaN', labels: { __name__: 'm' }, value: Number.NaN, why: 'NaN' },
    { line: 'm nan', labels: { __name__: 'm' }, value: Number.NaN, why: 'nan' },
    { line: 'm +Inf', labels: { __name__: 'm' }, value: Number.POSITIVE_INFINITY, why: '+Inf' },
    { line: 'm -inf', labels: { __name__: 'm' }, value: Number.NEGATIVE_INFINITY, why: '-inf' },
    { line: 'm Infinity', labels: { __name__: 'm' }, value: Number.POSITIVE_INFINITY, why: 'Infinity' },
    { line: 'm 1.7976931348623157e+308', labels: { __name__: 'm' }, value: Number.MAX_VALUE, why: 'largest double' },
    {
      line: 'm 0.1234567890123456789',
      labels: { __name__: 'm' },
      value: 0.123_456_789_012_345_68,
      why: 'more digits than a double',
    },
    { line: 'm -0', labels: { __name__: 'm' }, value: -0, why: 'negative zero' },
    { line: 'm .5', labels: { __name__: 'm' }, value: 0.5, why: 'no digit before the point' },
    { line: 'm 5.', labels: { __name__: 'm' }, value: 5, why: 'no digit behind the point' },
    { line: 'm +5', labels: { __name__: 'm' }, value: 5, why: 'plus sign' },
  ])('$why: $line', ({ line, labels, value, at }) => {
    expect(parse(`${line}\n`).rows).toEqual([[labels, value, at ?? null]]);
  });

  it('takes a last line without line end, blank lines and comments', () => {
    expect(parse('# just a comment\n\n  \na 1\n#\nb 2').rows.map(([labels]) => labels.__name__)).toEqual(['a', 'b']);
  });

  it('reads HELP and TYPE', () => {
    const text = '# HELP a Some \\\\ help\\nin two lines.\n# TYPE a counter\n# TYPE b untyped\na 1\n';
    expect(parse(text).metadata).toEqual({ a: { help: 'Some \\ help\nin two lines.', type: 'counter' }, b: { type: 'unknown' } });
  });

  it.for([
    {
      text: 'a 1\nb\n',
      message: 'line 2: expected a blank or "{" after the metric name, got the end of the line: "b"',
      why: 'no value',
    },
    { text: 'a x\n', message: 'line 1: expected a value, got "x": "a x"', why: 'no number' },
    { text: 'a 0x1p-2\n', message: 'expected a value', why: 'hexadecimal is not for Prometheus' },
    { text: 'a 1e999\n', message: 'expected a value', why: 'overflow' },
    { text: 'a 1 2.5\n', message: 'expected a timestamp', why: 'fraction of a millisecond' },
    { text: 'a 1 2 3\n', message: 'unexpected text', why: 'too much' },
    { text: 'a{b="c" 1\n', message: 'expected ","', why: 'open brace' },
    { text: 'a{b="c} 1\n', message: 'expected a quoted string', why: 'open quote' },
    { text: 'a{b="c",b="d"} 1\n', message: 'label b is given twice', why: 'a label twice' },
    { text: 'a{"b"} 1\n', message: 'the metric name is given twice', why: 'two names' },
    { text: '{a="b"} 1\n', message: 'no metric name', why: 'no name' },
    { text: '1a 1\n', message: 'expected a metric name', why: 'a digit first' },
    { text: 'a{__proto__="x"} 1\n', message: '__proto__ is not allowed', why: 'a name JavaScript treats specially' },
    { text: '# TYPE a thing\n', message: 'unknown metric type "thing"', why: 'a type that does not exist' },
    { text: 'a 1 # {b="c"} 1\n', message: 'unexpected text', why: 'no exemplars in the text format' },
    { text: '<html>\n', message: 'line 1: expected a metric name: "<html>"', why: 'a login page' },
  ])('refuses $why', ({ text, message }) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('OpenMetrics 1.0', () => {
  it('reads seconds, units, exemplars and the end marker', () => {
    const text = [
      '# TYPE foo_seconds counter',
      '# UNIT foo_seconds seconds',
      '# HELP foo_seconds It \\"helps\\"',
      'foo_seconds_total{a="b"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.1',
      'foo_seconds_bucket{le="+Inf"} 8 # {} 0.5',
      'foo_seconds_created 1520430000.123',
      '# EOF',
    ].join('\n');
    const { rows, metadata } = parse(`${text}\n`, 'openmetrics');
    expect(metadata).toEqual({ foo_seconds: { type: 'counter', unit: 'seconds', help: 'It "helps"' } });
    expect(rows).toEqual([
      [{ __name__: 'foo_seconds_total', a: 'b' }, 17, 1_520_879_607_789],
      [{ __name__: 'foo_seconds_bucket', le: '+Inf' }, 8, null],
      [{ __name__: 'foo_seconds_created' }, 1_520_430_000.123, null],
    ]);
  });

  it.for([
    { text: 'a 1\n', message: 'must end with "# EOF"', why: 'cut short' },
    { text: 'a 1\n# EOF\nb 1\n', message: 'must end with "# EOF"', why: 'text after the end' },
    { text: 'a 1\n\n# EOF\n', message: 'line 2', why: 'a blank line' },
    { text: '# a comment\n# EOF\n', message: 'expected "# HELP"', why: 'free comments' },
    { text: 'a 1 # {b="c"} x\n# EOF\n', message: 'malformed exemplar', why: 'a broken exemplar' },
    { text: 'a 1 # b\n# EOF\n', message: 'expected "{"', why: 'an exemplar without labels' },
  ])('refuses $why', ({ text, message }) => {
    expect(() => parse(text, 'openmetrics')).toThrow(message);
  });
});

describe('prediction', () => {
  it('hands out the same object for a repeated series', () => {
    const parser = new ExpositionParser<LabelSet>();
    const [first] = parse('a{b="c"} 1\n', 'text', parser).rows;
    const again = parse('z 1\na{b="c"} 2\n', 'text', parser).rows[1];
    expect(again?.[0]).toBe(first?.[0]);
    expect(again?.[1]).toBe(2);
  });

  it('is not fooled by a series whose name was seen without labels', () => {
    const parser = new ExpositionParser<LabelSet>();
    parse('a 1\n', 'text', parser);
    expect(parse('a {b="c"} 1\n', 'text', parser).rows).toEqual([[{ __name__: 'a', b: 'c' }, 1, null]]);
  });

  it('keeps what it knew when a body is malformed', () => {
    const parser = new ExpositionParser<LabelSet>();
    const [first] = parse('a 1\nb 2\n', 'text', parser).rows;
    expect(() => parse('b 1\n!\n', 'text', parser)).toThrow('line 2');
    expect(parse('a 1\nb 2\n', 'text', parser).rows[0]?.[0]).toBe(first?.[0]);
  });

  const name = fc.constantFrom('a', 'ab', 'a_total', 'b', 'c:d');
  const labels = fc.dictionary(fc.constantFrom('x', 'y', 'le'), fc.string({ unit: 'grapheme', maxLength: 4 }), { maxKeys: 3 });
  const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const sample = fc
    .record({ name, labels, value: fc.double(), at: fc.option(fc.integer()), open: fc.constantFrom('{', ' {', '{ ') })
    .map(({ name, labels, value, at, open }) => {
      const list = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
      const braces = list.length === 0 ? '' : `${open}${list.join(',')}}`;
      return `${name}${braces} ${value}${at === null ? '' : ` ${at}`}`;
    });
  const line = fc.oneof(
    { weight: 8, arbitrary: sample },
    { weight: 1, arbitrary: fc.constantFrom('', '# TYPE a counter', '# HELP a b', '# c', 'a', 'b 1 1 1', 'a{ 1') },
  );

  function attempt(run: () => Outcome): unknown {
    try {
      return run().rows;
    } catch (error) {
      return String(error);
    }
  }

  it('gives what a plain parse gives, whatever the bodies before were', () => {
    const bodies = fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat()), (bodies, picks) => {
        const pool = bodies.flat();
        const parser = new ExpositionParser<LabelSet>();
        for (const [index, body] of bodies.entries()) {
          const repeated = picks.slice(index).map((pick) => pool[pick % Math.max(pool.length, 1)] ?? '');
          const text = [...body, ...repeated].join('\n');
          expect(attempt(() => parse(text, 'text', parser))).toEqual(attempt(() => parse(text)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads back every label value and double it is given', () => {
    fc.assert(
      fc.property(labels, fc.double(), (labels, value) => {
        const list = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
        const kept = Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== ''));
        expect(parse(`m{${list.join(',')}} ${Object.is(value, -0) ? '-0' : value}\n`).rows).toEqual([
          [{ ...kept, __name__: 'm' }, value, null],
        ]);
      }),
      { numRuns: 500 },
    );
  });
});

it.for([
  { format: 'text', parts: ['a 1\n', 'b 2\nc 3\n', 'b x\n'], error: 'line 4', why: 'the fault is in a later part' },
  { format: 'text', parts: ['a 1\n', 'b 2'], error: undefined, why: 'the last line has no end' },
  { format: 'openmetrics', parts: ['a 1\n', 'b 2\n', '# EOF\n'], error: undefined, why: 'the end marker is a part' },
  { format: 'openmetrics', parts: ['a 1\n', 'b 2\n'], error: 'line 2', why: 'the end marker is missing' },
] as const)('reads a body in parts as it reads it whole: $why', ({ format, parts, error }) => {
  const read = (walk: (parser: ExpositionParser<string>, visitor: ExpositionVisitor<string>) => void) => {
    const samples: string[] = [];
    const visitor: ExpositionVisitor<string> = {
      resolve: (labels) => JSON.stringify(labels),
      sample: (series, value) => samples.push(`${series} ${value}`),
      metadata: () => undefined,
    };
    try {
      walk(new ExpositionParser<string>(), visitor);
      return { samples, problem: undefined };
    } catch (problem) {
      return { samples: [], problem: String(problem) };
    }
  };
  const inParts = read((parser, visitor) => [...parser.steps(parts, format, visitor)]);
  expect(inParts).toEqual(read((parser, visitor) => parser.parse(parts.join(''), format, visitor)));
  expect(inParts.problem ?? '').toContain(error ?? '');
  expect(inParts.samples.length > 0).toBe(error === undefined);
});
