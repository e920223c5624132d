import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import type { VectorMatching } from '../ast.ts';
import type { OperatorCode } from './operators.ts';
import type { RowSource } from './row-source.ts';
import { withoutMetadata } from './rows.ts';

/** A join under way: what to join, and how. */
export interface Join {
  /** The side whose rows each give a result, and the side they look up. */
  readonly many: RowSource;
  readonly one: RowSource;
  readonly manyIsRight: boolean;
  readonly matching: VectorMatching;
  readonly code: OperatorCode;
  readonly filters: boolean;
  /** Whether results lose the name because a comparison returns a bool. */
  readonly returnBool: boolean;
  readonly arithmetic: boolean;
  readonly steps: number;
}

/** Whether the pair's result loses its metric name at the end. */
export function resultDropsName({ returnBool, matching, many, one }: Join, row: number, oneRow: number): boolean {
  const inherited = matching.include.includes(METRIC_NAME) ? one.dropsNameAt(oneRow) : many.dropsNameAt(row);
  return returnBool || inherited;
}

/** The label set of the pair's result. */
export function resultLabels(join: Join, manyRow: number, oneRow: number): Labels {
  const { matching, many, one } = join;
  const mine = many.labelsAt(manyRow);
  const theirs = one.labelsAt(oneRow);
  let labels = join.arithmetic ? withoutMetadata(mine) : mine;
  if (matching.cardinality === 'oneToOne') {
    labels = matching.on ? labels.only(matching.labels) : labels.without(matching.labels);
  }
  if (matching.include.length === 0) {
    return labels;
  }
  return labels.with(Object.fromEntries(matching.include.map((name) => [name, theirs.get(name)])));
}
