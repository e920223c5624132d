import type { VectorMatching } from '../ast.ts';
import { allButNameAnd, type LabelGroups, type LabelSelection } from './label-groups.ts';
import type { RowSource } from './row-source.ts';

/** Two vectors and how their series find each other. */
export interface Operands {
  readonly left: RowSource;
  readonly right: RowSource;
  readonly matching: VectorMatching;
}

/** The labels two series must share to match: those of `on`, or all but the name and those of `ignoring`. */
export function matchedLabels(matching: VectorMatching): LabelSelection {
  return matching.on ? { names: matching.labels, isWithout: false } : allButNameAnd(matching.labels);
}

/** The match group of each row; equal groups have equal numbers on both sides. */
export function numberRows(groups: LabelGroups, rows: RowSource): Int32Array {
  const numbers = new Int32Array(rows.size);
  for (let row = 0; row < rows.size; row += 1) {
    numbers[row] = groups.number(rows.labelsAt(row));
  }
  return numbers;
}
