import type { LabelSet } from '@tila/contract/labels.ts';
import { expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { BatchParts } from './batch-parts.ts';

const PAGE: readonly LabelSet[] = Array.from({ length: 100 }, (_, i) => ({ __name__: `m${i}` }));

function batchOf(labels: readonly LabelSet[]) {
  const values = labels.map((_, i) => i);
  return { source: 's', labels, timestamps: values.map((i) => i * 1000), values, watermarkMs: 7, metadata: {} };
}

it('leaves a batch that is little more than one part as it is', () => {
  const batch = batchOf(PAGE.slice(0, 20));
  expect(new BatchParts(10).of(batch)).toEqual([batch]);
});

it('gives every row once, in order, the metadata first and the watermark last', () => {
  const parts = new BatchParts(30).of(batchOf(PAGE));
  expect(parts.map(({ labels }) => labels.length)).toEqual([25, 25, 25, 25]);
  expect(parts.flatMap(({ labels }): readonly unknown[] => labels)).toEqual(PAGE);
  expect(parts.flatMap(({ values }) => values)).toEqual(batchOf(PAGE).values);
  expect(parts.flatMap(({ timestamps }) => timestamps)).toEqual(batchOf(PAGE).timestamps);
  expect(parts.map(({ watermarkMs }) => watermarkMs)).toEqual([undefined, undefined, undefined, 7]);
  expect(parts.map(({ metadata }) => metadata !== undefined)).toEqual([true, false, false, false]);
});

it('gives the same arrays for the same column', () => {
  const parts = new BatchParts(30);
  const again = parts.of(batchOf(PAGE)).map(({ labels }) => labels);
  for (const [i, { labels }] of parts.of(batchOf(PAGE)).entries()) {
    expect(labels).toBe(again[i]);
  }
});

const fresh = (name: string): LabelSet => ({ __name__: name });

it.for([
  { why: 'a row inside a part came', column: PAGE.toSpliced(10, 0, fresh('new')), firsts: [0, 26, 51, 76] },
  { why: 'a row inside a part went', column: PAGE.toSpliced(10, 1), firsts: [0, 24, 49, 74] },
  { why: 'the first row of a part became another', column: PAGE.with(25, fresh('new')), firsts: [0, 25, 50, 75] },
  { why: 'a part has nearly gone: even parts again', column: PAGE.toSpliced(26, 70), firsts: [0] },
])('cuts a changed column where the one before was cut: $why', ({ column, firsts }) => {
  const parts = new BatchParts(30);
  parts.of(batchOf(PAGE));
  const cut = parts.of(batchOf(column));
  expect(cut.flatMap(({ labels }): readonly unknown[] => labels)).toEqual(column);
  const given: readonly unknown[] = column;
  expect(cut.map(({ labels: [first] }) => given.indexOf(first))).toEqual(firsts);
});

it('cuts columns of checked labels evenly', () => {
  const labels = PAGE.map(Labels.from);
  const values = labels.map((_, i) => i);
  const parts = new BatchParts(30).of({ source: 's', labels, timestamps: values, values, watermarkMs: 7 });
  expect(parts.map((part) => part.labels.length)).toEqual([25, 25, 25, 25]);
  expect(parts.flatMap((part): readonly unknown[] => part.labels)).toEqual(labels);
  expect(parts.map(({ watermarkMs }) => watermarkMs)).toEqual([undefined, undefined, undefined, 7]);
});
