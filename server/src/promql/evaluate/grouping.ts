import type { Labels } from '../../model/labels.ts';
import type { Aggregate } from '../ast.ts';
import { allButNameAnd, LabelGroups } from './label-groups.ts';
import type { RowSource } from './row-source.ts';

/** Which group of an aggregation each row of its input belongs to, groups in order of first appearance. */
export interface Grouping {
  readonly size: number;
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** Looks at each label set once. */
export function groupRows(input: RowSource, expr: Aggregate): Grouping {
  const groups = new LabelGroups(expr.without ? allButNameAnd(expr.labels) : { names: expr.labels, isWithout: false });
  const groupOf = new Int32Array(input.size);
  const labels: Labels[] = [];
  for (let row = 0; row < input.size; row += 1) {
    const series = input.labelsAt(row);
    const group = groups.number(series);
    groupOf[row] = group;
    if (group === labels.length) {
      labels.push(groups.shared(series));
    }
  }
  return { size: labels.length, groupOf, labels };
}

/** The rows of each group, in order. */
export function rowsByGroup(groupOf: Int32Array, groups: number): Int32Array[] {
  const sizes = new Int32Array(groups);
  for (const group of groupOf) {
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const next = new Int32Array(groups);
  for (let row = 0; row < groupOf.length; row += 1) {
    const group = groupOf[row] ?? 0;
    const at = next[group] ?? 0;
    const list = rows[group];
    if (list !== undefined) {
      list[at] = row;
    }
    next[group] = at + 1;
  }
  return rows;
}
