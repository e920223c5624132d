import { describe, expect, it } from 'vitest';
import { LabelColumns } from './label-columns.ts';

const LIMITS = { maxLabels: 10, maxNameLength: 100, maxValueLength: 100 };
const SETS = Array.from({ length: 3 }, (_, i) => ({ __name__: 'up', instance: `${i}` }));
const [a = {}, b = {}, c = {}] = SETS;

describe('columns of label sets', () => {
  it.for([
    {
      columns: [
        [a, b],
        [a, b],
      ],
      why: 'the same column again',
    },
    {
      columns: [
        [a, b, c],
        [a, c],
      ],
      why: 'a column with one series less',
    },
    {
      columns: [
        [a, a, b, b],
        [b, b, a, a],
      ],
      why: 'all samples of a series before those of the next, whichever comes first',
    },
  ])('$why: one object for each label set', ({ columns }) => {
    const memory = new LabelColumns(LIMITS);
    const objects = new Map<unknown, Set<unknown>>(SETS.map((set) => [set, new Set()]));
    for (const column of columns) {
      for (const [i, row] of memory.resolve([...column], 'x', 3).rows.entries()) {
        objects.get(column[i])?.add(row);
      }
    }
    expect([...objects.values()].every(({ size }) => size <= 1)).toBe(true);
  });
});
