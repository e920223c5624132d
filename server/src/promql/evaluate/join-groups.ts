import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { EvaluationError } from '../errors.ts';
import { goLabels } from '../format.ts';
import { rowsByGroup } from './grouping.ts';
import { type Join, resultDropsName, resultLabels } from './join-plan.ts';
import { LabelGroups } from './label-groups.ts';
import { matchedLabels, numberRows } from './matching.ts';
import { operate } from './operators.ts';
import { materialize, type RowSource, rowsOf } from './row-source.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

/** A join with both sides at hand. */
interface HeldJoin extends Join {
  readonly manyHeld: VectorValue;
  readonly oneHeld: VectorValue;
}

/** Joins match groups of any number of rows, and finds the steps at which a group is ambiguous. */
export function joinGroups(context: EvaluationContext, lazy: Join): RowSource {
  const { steps } = lazy;
  const oneHeld = materialize(context, lazy.one);
  const manyHeld = materialize(context, lazy.many);
  const join = { ...lazy, oneHeld, manyHeld, one: rowsOf(oneHeld, steps), many: rowsOf(manyHeld, steps) };
  const groups = new LabelGroups(matchedLabels(join.matching));
  const oneGroups = numberRows(groups, join.one);
  const manyGroups = numberRows(groups, join.many);
  const oneRows = rowsByGroup(oneGroups, groups.size);
  rejectDuplicates(join, oneRows);
  const builder = new RowBuilder(steps, context);
  for (const [group, rows] of rowsByGroup(manyGroups, groups.size).entries()) {
    context.checkpoint();
    const ones = oneRows[group] ?? NO_ROWS;
    if (rows.length > 0 && ones.length > 0) {
      joinGroup(join, { rows, ones, builder });
    }
  }
  return rowsOf(builder.build(), steps);
}

const NO_ROWS = new Int32Array(0);

/** For each step, whether the vector has any point there. */
function stepsWithPoints(value: VectorValue, steps: number): Uint8Array {
  const present = new Uint8Array(steps);
  for (let i = 0; i < value.data.length; i += 1) {
    if (value.data[i] !== ABSENT) {
      present[i % steps] = 1;
    }
  }
  return present;
}

/** At a step where the many side has any point, no match group may have two points on the one side. */
function rejectDuplicates(join: HeldJoin, oneRows: readonly Int32Array[]): void {
  const { oneHeld, steps } = join;
  let manyPresent: Uint8Array | undefined;
  for (const rows of oneRows) {
    if (rows.length < 2) {
      continue;
    }
    manyPresent ??= stepsWithPoints(join.manyHeld, steps);
    for (let step = 0; step < steps; step += 1) {
      const present = rows.filter((row) => oneHeld.data[row * steps + step] !== ABSENT);
      if (present.length > 1 && manyPresent[step] === 1) {
        throw manyToManyError(join, present);
      }
    }
  }
}

function manyToManyError(join: Join, rows: Int32Array): EvaluationError {
  const [first, second] = [join.one.labelsAt(rows[0] ?? 0), join.one.labelsAt(rows[1] ?? 0)];
  const group = goLabels(new LabelGroups(matchedLabels(join.matching)).shared(first));
  const pair = [goLabels(first), goLabels(second)].sort();
  const side = join.manyIsRight ? 'left' : 'right';
  return new EvaluationError(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${pair.join(', ')}];` +
      'many-to-many matching not allowed: matching labels must be unique on one side',
  );
}

interface GroupJoin {
  readonly rows: Int32Array;
  readonly ones: Int32Array;
  readonly builder: RowBuilder;
}

function joinGroup(join: HeldJoin, { rows, ones, builder }: GroupJoin): void {
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

function joinRows(join: HeldJoin, { row, one, labels, builder, taken }: RowJoin): void {
  const { steps, manyHeld, oneHeld, manyIsRight, code } = join;
  let target = -1;
  for (let step = 0; step < steps; step += 1) {
    const mine = manyHeld.data[row * steps + step] ?? ABSENT;
    const theirs = oneHeld.data[one * steps + step] ?? ABSENT;
    if (mine === ABSENT || theirs === ABSENT) {
      continue;
    }
    if (taken !== undefined) {
      rejectSecondMatch(join, taken[step] === 1);
      taken[step] = 1;
    }
    const left = manyIsRight ? theirs : mine;
    const result = manyIsRight ? operate(code, theirs, mine) : operate(code, mine, theirs);
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
