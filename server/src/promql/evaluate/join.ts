import { ABSENT } from '../../model/sample.ts';
import { type Binary, isComparison, type VectorMatching } from '../ast.ts';
import { joinGroups } from './join-groups.ts';
import { type Join, resultDropsName, resultLabels } from './join-plan.ts';
import { LabelGroups } from './label-groups.ts';
import { matchedLabels, numberRows, type Operands } from './matching.ts';
import { codeOf, operate } from './operators.ts';
import { materialize, type RowSource, RowTarget, rowsOf } from './row-source.ts';
import type { EvaluationContext, VectorValue } from './values.ts';

/** Arithmetic and comparison between two instant vectors that are held: one to one, or many to one with `group_left` / `group_right`. */
export function joinVectors(context: EvaluationContext, expr: Binary, { left, right, matching }: HeldOperands): VectorValue {
  const { steps } = context.grid;
  const operands = { left: rowsOf(left, steps), right: rowsOf(right, steps), matching };
  return materialize(context, joinRows(context, expr, operands));
}

interface HeldOperands {
  readonly left: VectorValue;
  readonly right: VectorValue;
  readonly matching: VectorMatching;
}

/** The same row by row. */
export function joinRows(context: EvaluationContext, expr: Binary, { left, right, matching }: Operands): RowSource {
  const manyIsRight = matching.cardinality === 'oneToMany';
  const { steps } = context.grid;
  const one = manyIsRight ? left : right;
  const join: Join = {
    many: manyIsRight ? right : left,
    // A row that many look up is computed once.
    one: matching.cardinality === 'oneToOne' ? one : rowsOf(materialize(context, one), steps),
    manyIsRight,
    matching,
    code: codeOf(expr.op),
    filters: isComparison(expr.op) && !expr.returnBool,
    returnBool: expr.returnBool,
    arithmetic: !isComparison(expr.op),
    steps,
  };
  const pairs = distinctPairs(join);
  return pairs === undefined ? joinGroups(context, join) : joinPairs(join, pairs);
}

/** Which row of the many side meets which of the one side: pair i is `many[i]` and `one[i]`. */
interface Pairs {
  readonly size: number;
  readonly many: Int32Array;
  readonly one: Int32Array;
}

/** The pairs, if it is plain from the labels alone that no two of them can give the same series or meet the same row twice. */
function distinctPairs(join: Join): Pairs | undefined {
  const { many, one, matching } = join;
  if (!keepsDistinct(join)) {
    return undefined;
  }
  const groups = new LabelGroups(matchedLabels(matching));
  const oneGroups = numberRows(groups, one);
  const manyGroups = numberRows(groups, many);
  const oneOf = onlyRows(oneGroups, groups.size);
  const isSingle = matching.cardinality !== 'oneToOne' || onlyRows(manyGroups, groups.size) !== undefined;
  if (oneOf === undefined || !isSingle) {
    return undefined;
  }
  const pairs = { size: 0, many: new Int32Array(many.size), one: new Int32Array(many.size) };
  for (let row = 0; row < many.size; row += 1) {
    const met = oneOf[manyGroups[row] ?? 0] ?? -1;
    if (met >= 0) {
      pairs.many[pairs.size] = row;
      pairs.one[pairs.size] = met;
      pairs.size += 1;
    }
  }
  return pairs;
}

/** The row of each group, -1 for none; `undefined` when a group has two. */
function onlyRows(groupOf: Int32Array, groups: number): Int32Array | undefined {
  const rows = new Int32Array(groups).fill(-1);
  for (let row = 0; row < groupOf.length; row += 1) {
    const group = groupOf[row] ?? 0;
    if (rows[group] !== -1) {
      return undefined;
    }
    rows[group] = row;
  }
  return rows;
}

/** Whether pairs of different groups, and different rows of the many side, surely give different label sets. */
function keepsDistinct({ many, matching, arithmetic }: Join): boolean {
  if (matching.include.length > 0) {
    return false;
  }
  if (!arithmetic || (matching.cardinality === 'oneToOne' && matching.on)) {
    return true;
  }
  // What describes the metric is dropped: harmless when all rows have the same name and nothing else of the kind.
  const name = many.size === 0 ? '' : many.labelsAt(0).metricName;
  for (let row = 0; row < many.size; row += 1) {
    const labels = many.labelsAt(row);
    const isSameName = matching.cardinality === 'oneToOne' || labels.metricName === name;
    if (!isSameName || labels.has('__type__') || labels.has('__unit__')) {
      return false;
    }
  }
  return true;
}

function joinPairs(join: Join, pairs: Pairs): RowSource {
  const { many, one, manyIsRight, code, filters, steps } = join;
  const found = new RowTarget(new Float64Array(steps));
  const manyRow = (pair: number): number => pairs.many[pair] ?? 0;
  const oneRow = (pair: number): number => pairs.one[pair] ?? 0;
  return {
    size: pairs.size,
    labelsAt: (pair) => resultLabels(join, manyRow(pair), oneRow(pair)),
    dropsNameAt: (pair) => resultDropsName(join, manyRow(pair), oneRow(pair)),
    fill: (pair, target) => {
      many.fill(manyRow(pair), target);
      one.fill(oneRow(pair), found);
      target.narrow(found);
      const { out, at, endStep } = target;
      for (let step = target.firstStep; step < endStep; step += 1) {
        const mine = out[at + step] ?? ABSENT;
        const theirs = found.out[step] ?? ABSENT;
        if (mine === ABSENT || theirs === ABSENT) {
          out[at + step] = ABSENT;
          continue;
        }
        const result = manyIsRight ? operate(code, theirs, mine) : operate(code, mine, theirs);
        const left = manyIsRight ? theirs : mine;
        const kept = result === 1 ? left : ABSENT;
        out[at + step] = filters ? kept : result;
      }
    },
  };
}
