import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Binary, isComparison, type VectorMatching } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { goLabels } from '../format.ts';
import { MatchGroups, matchGroup, type Operands, stepsWithPoints } from './matching.ts';
import { type Operation, operationOf } from './operators.ts';
import { withoutMetadata } from './rows.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

interface Join {
  /** The side whose rows each give a result, and the side they look up. */
  readonly many: VectorValue;
  readonly one: VectorValue;
  readonly manyIsRight: boolean;
  readonly matching: VectorMatching;
  readonly operation: Operation;
  readonly filters: boolean;
  /** Whether results lose the name because a comparison returns a bool. */
  readonly returnBool: boolean;
  readonly arithmetic: boolean;
  readonly steps: number;
}

/** Arithmetic and comparison between two instant vectors: one to one, or many to one with `group_left` / `group_right`. */
export function joinVectors(context: EvaluationContext, expr: Binary, { left, right, matching }: Operands): VectorValue {
  const manyIsRight = matching.cardinality === 'oneToMany';
  const join: Join = {
    many: manyIsRight ? right : left,
    one: manyIsRight ? left : right,
    manyIsRight,
    matching,
    operation: operationOf(expr.op),
    filters: isComparison(expr.op) && !expr.returnBool,
    returnBool: expr.returnBool,
    arithmetic: !isComparison(expr.op),
    steps: context.grid.steps,
  };
  const groups = new MatchGroups(matching);
  const oneGroups = groups.number(join.one.labels);
  const manyGroups = groups.number(join.many.labels);
  const oneRows = rowsByGroup(oneGroups, groups.size);
  const manyRows = rowsByGroup(manyGroups, groups.size);
  rejectDuplicates(join, oneRows);
  const builder = new RowBuilder(join.steps, context);
  for (const [group, rows] of manyRows.entries()) {
    context.checkpoint();
    const ones = oneRows[group] ?? [];
    if (rows.length > 0 && ones.length > 0) {
      joinGroup(join, { rows, ones, builder });
    }
  }
  return builder.build();
}

function rowsByGroup(groupOf: Int32Array, groups: number): number[][] {
  const rows: number[][] = Array.from({ length: groups }, () => []);
  for (const [row, group] of groupOf.entries()) {
    rows[group]?.push(row);
  }
  return rows;
}

/** At a step where the many side has any point, no match group may have two points on the one side. */
function rejectDuplicates(join: Join, oneRows: readonly (readonly number[])[]): void {
  const { one, steps } = join;
  let manyPresent: Uint8Array | undefined;
  for (const rows of oneRows) {
    if (rows.length < 2) {
      continue;
    }
    manyPresent ??= stepsWithPoints(join.many, steps);
    for (let step = 0; step < steps; step += 1) {
      const present = rows.filter((row) => one.data[row * steps + step] !== ABSENT);
      if (present.length > 1 && manyPresent[step] === 1) {
        throw manyToManyError(join, present);
      }
    }
  }
}

function manyToManyError(join: Join, rows: readonly number[]): EvaluationError {
  const [first, second] = rows.flatMap((row) => join.one.labels[row] ?? []);
  const group = first === undefined ? '{}' : goLabels(matchGroup(first, join.matching));
  const pair = [first, second].map((labels) => (labels === undefined ? '{}' : goLabels(labels))).sort();
  const side = join.manyIsRight ? 'left' : 'right';
  return new EvaluationError(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${pair.join(', ')}];` +
      'many-to-many matching not allowed: matching labels must be unique on one side',
  );
}

interface GroupJoin {
  readonly rows: readonly number[];
  readonly ones: readonly number[];
  readonly builder: RowBuilder;
}

function joinGroup(join: Join, { rows, ones, builder }: GroupJoin): void {
  // What already gave a result at a step: the whole group one to one, each result label set many to one.
  const taken = rows.length > 1 ? new Map<string, Uint8Array>() : undefined;
  for (const row of rows) {
    for (const one of ones) {
      const labels = resultLabels(join, row, one);
      joinRows(join, { row, one, labels, builder, taken: takenSteps(join, taken, labels) });
    }
  }
}

function takenSteps(join: Join, taken: Map<string, Uint8Array> | undefined, labels: Labels): Uint8Array | undefined {
  const key = join.matching.cardinality === 'oneToOne' ? '' : labels.key;
  const known = taken?.get(key);
  if (known !== undefined || taken === undefined) {
    return known;
  }
  const fresh = new Uint8Array(join.steps);
  taken.set(key, fresh);
  return fresh;
}

interface RowJoin {
  readonly row: number;
  readonly one: number;
  readonly labels: Labels;
  readonly builder: RowBuilder;
  readonly taken: Uint8Array | undefined;
}

function joinRows(join: Join, { row, one, labels, builder, taken }: RowJoin): void {
  const { steps, many, manyIsRight, operation } = join;
  let target = -1;
  for (let step = 0; step < steps; step += 1) {
    const mine = many.data[row * steps + step] ?? ABSENT;
    const theirs = join.one.data[one * steps + step] ?? ABSENT;
    if (mine === ABSENT || theirs === ABSENT) {
      continue;
    }
    if (taken !== undefined) {
      rejectSecondMatch(join, taken[step] === 1);
      taken[step] = 1;
    }
    const left = manyIsRight ? theirs : mine;
    const result = manyIsRight ? operation(theirs, mine) : operation(mine, theirs);
    if (join.filters && result !== 1) {
      continue;
    }
    target = target < 0 ? builder.row(labels, resultDropsName(join, row, one)) : target;
    builder.put(target, step, join.filters ? left : result);
  }
}

function rejectSecondMatch(join: Join, isSecond: boolean): void {
  if (isSecond) {
    throw new EvaluationError(
      join.matching.cardinality === 'oneToOne'
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
    );
  }
}

function resultDropsName({ returnBool, matching, many, one }: Join, row: number, oneRow: number): boolean {
  const inherited = matching.include.includes(METRIC_NAME) ? one.dropName[oneRow] : many.dropName[row];
  return returnBool || (inherited ?? false);
}

function resultLabels(join: Join, manyRow: number, oneRow: number): Labels {
  const { matching, many, one } = join;
  const mine = many.labels[manyRow];
  const theirs = one.labels[oneRow];
  if (mine === undefined || theirs === undefined) {
    throw new RangeError('row out of range');
  }
  let labels = join.arithmetic ? withoutMetadata(mine) : mine;
  if (matching.cardinality === 'oneToOne') {
    labels = matching.on ? labels.only(matching.labels) : labels.without(matching.labels);
  }
  if (matching.include.length === 0) {
    return labels;
  }
  return labels.with(Object.fromEntries(matching.include.map((name) => [name, theirs.get(name)])));
}
