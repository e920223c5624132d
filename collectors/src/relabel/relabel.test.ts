// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Prometheus writes references to groups as ${1}
import type { LabelSet } from '@tila/contract/labels.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Relabeler } from './relabel.ts';
import { RelabelConfig } from './relabel-config.ts';

const relabel = (labels: LabelSet, ...configs: z.input<typeof RelabelConfig>[]): LabelSet | null =>
  new Relabeler(configs.map((config) => RelabelConfig.parse(config))).apply(labels);

const abc = { a: 'foo', b: 'bar', c: 'baz' };

// Most rows are those of Prometheus' own model/relabel/relabel_test.go.
describe('relabelling', () => {
  it.for<{ labels?: LabelSet; configs: z.input<typeof RelabelConfig>[]; result: LabelSet | null; why: string }>([
    {
      configs: [{ source_labels: ['a'], regex: 'f(.*)', target_label: 'd', separator: ';', replacement: 'ch${1}-ch${1}' }],
      result: { ...abc, d: 'choo-choo' },
      why: 'replaces with numbered groups',
    },
    {
      configs: [
        { source_labels: ['a', 'b'], regex: 'f(.*);(.*)r', target_label: 'a', replacement: 'b${1}${2}m' },
        { source_labels: ['c', 'a'], regex: '(b).*b(.*)ba(.*)', target_label: 'd', replacement: '$1$2$2$3' },
      ],
      result: { a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' },
      why: 'a step sees what the one before left',
    },
    {
      configs: [
        { source_labels: ['a'], regex: '.*o.*', action: 'drop' },
        { source_labels: ['a'], target_label: 'd' },
      ],
      result: null,
      why: 'drops on a match',
    },
    { configs: [{ source_labels: ['a'], regex: 'no-match', action: 'drop' }], result: abc, why: 'drops only on a match' },
    { configs: [{ source_labels: ['a'], regex: 'f|o', action: 'drop' }], result: abc, why: 'anchors an alternation' },
    { configs: [{ source_labels: ['a'], regex: 'no-match', action: 'keep' }], result: null, why: 'keeps only matches' },
    { configs: [{ source_labels: ['a'], regex: 'f.*', action: 'keep' }], result: abc, why: 'keeps matches' },
    {
      configs: [{ source_labels: ['a'], regex: 'f', target_label: 'b', replacement: 'bar' }],
      result: abc,
      why: 'replaces nothing without a match',
    },
    {
      configs: [{ source_labels: ['a'], regex: '(f).*', target_label: 'b', replacement: '$2' }],
      result: { a: 'foo', c: 'baz' },
      why: 'an empty replacement removes the label',
    },
    {
      configs: [{ source_labels: ['a'], regex: '(?P<first>f)(.*)', target_label: '${first}x', replacement: '$first-$$-${2}' }],
      result: { ...abc, fx: 'f-$-oo' },
      why: 'named groups, a literal dollar and an expanded target',
    },
    {
      configs: [{ source_labels: ['a'], regex: '(f).*', target_label: 'd', replacement: '$1x' }],
      result: abc,
      why: '$1x names a group called 1x, which does not exist',
    },
    { configs: [{ target_label: 'd', replacement: 'static' }], result: { ...abc, d: 'static' }, why: 'a static label' },
    { configs: [{ target_label: 'd', replacement: 1 }], result: { ...abc, d: '1' }, why: 'a number in YAML is text' },
    {
      configs: [{ source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 1000 }],
      result: { ...abc, d: '976' },
      why: 'hashmod as Prometheus computes it',
    },
    {
      labels: { a: 'foo\nbar' },
      configs: [{ source_labels: ['a'], target_label: 'b', action: 'hashmod', modulus: 1000 }],
      result: { a: 'foo\nbar', b: '734' },
      why: 'hashmod of a text with a line end',
    },
    {
      labels: { a: 'foo\nbar' },
      configs: [{ source_labels: ['a'], regex: 'foo.bar', target_label: 'b', replacement: 'hit' }],
      result: { a: 'foo\nbar', b: 'hit' },
      why: 'the dot matches a line end',
    },
    {
      labels: { a: 'foo', b1: 'bar', b2: 'baz' },
      configs: [{ regex: '(b.*)', action: 'labelmap', replacement: 'bar_${1}' }],
      result: { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
      why: 'labelmap copies',
    },
    {
      labels: { a: 'foo', __meta_my_bar: 'aaa', __meta_other: 'ccc' },
      configs: [{ regex: '__meta_(my.*)', action: 'labelmap' }],
      result: { a: 'foo', __meta_my_bar: 'aaa', __meta_other: 'ccc', my_bar: 'aaa' },
      why: 'labelmap with the default replacement',
    },
    {
      labels: { a: '1', b1: '2', b2: '3' },
      configs: [{ regex: 'b.*', action: 'labeldrop' }],
      result: { a: '1' },
      why: 'labeldrop',
    },
    {
      labels: { a: '1', b1: '2', b2: '3' },
      configs: [{ regex: 'b.*', action: 'LabelKeep' }],
      result: { b1: '2', b2: '3' },
      why: 'labelkeep, in any case of letters',
    },
    { configs: [{ source_labels: ['a'], target_label: 'b', action: 'keepequal' }], result: null, why: 'keepequal drops unequal' },
    {
      labels: { a: 'x', b: 'x' },
      configs: [{ source_labels: ['a'], target_label: 'b', action: 'keepequal' }],
      result: { a: 'x', b: 'x' },
      why: 'keepequal keeps equal',
    },
    {
      labels: { a: 'x', b: 'x' },
      configs: [{ source_labels: ['a'], target_label: 'b', action: 'dropequal' }],
      result: null,
      why: 'dropequal drops equal',
    },
    {
      labels: { a: 'FoO' },
      configs: [
        { source_labels: ['a'], target_label: 'low', action: 'lowercase' },
        { source_labels: ['a'], target_label: 'up', action: 'uppercase' },
      ],
      result: { a: 'FoO', low: 'foo', up: 'FOO' },
      why: 'lowercase and uppercase',
    },
    {
      configs: [{ source_labels: ['x', 'a'], separator: '|', regex: '\\|foo', target_label: 'd', replacement: 'y' }],
      result: { ...abc, d: 'y' },
      why: 'a missing label joins as the empty text',
    },
    {
      configs: [{ target_label: '__proto__', replacement: 'x' }],
      result: abc,
      why: 'a name JavaScript treats specially is not set',
    },
  ])('$why', ({ labels = abc, configs, result }) => {
    expect(relabel(labels, ...configs)).toEqual(result);
  });

  it.for([
    { config: { regex: '(', target_label: 'a' }, message: 'not a valid RE2 regex', path: 'regex', why: 'a broken regex' },
    { config: { regex: '(?=a)', target_label: 'a' }, message: 'not a valid RE2 regex', path: 'regex', why: 'lookahead' },
    { config: { action: 'replace' }, message: 'needs target_label', path: 'target_label', why: 'replace without target' },
    {
      config: { action: 'hashmod', target_label: 'a' },
      message: 'needs modulus',
      path: 'modulus',
      why: 'hashmod without modulus',
    },
    { config: { action: 'labeldrop', target_label: 'a' }, message: 'takes only regex', path: '', why: 'labeldrop with a target' },
    { config: { sourcelabels: ['a'] }, message: 'sourcelabels', path: '', why: 'an unknown key' },
  ])('refuses $why', ({ config, message, path }) => {
    const { error } = RelabelConfig.safeParse(config);
    expect(error === undefined ? '' : z.prettifyError(error)).toContain(message);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
});
