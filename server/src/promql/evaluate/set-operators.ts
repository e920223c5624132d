import { ABSENT } from '../../model/sample.ts';
import type { SetOperator } from '../ast.ts';
import { LabelGroups } from './label-groups.ts';
import { matchedLabels, numberRows, type Operands } from './matching.ts';
import { checkpointMask, materialize, type RowSource, RowTarget, rowsOf } from './row-source.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

/** `and`, `or`, `unless`: whole points are kept or left out, step by step, by the presence of their match group on the other side. */
export function combineSets(context: EvaluationContext, op: SetOperator, { left, right, matching }: Operands): RowSource {
  const groups = new LabelGroups(matchedLabels(matching));
  const { steps } = context.grid;
  if (op === 'or') {
    return unionRows(context, groups, { left, right });
  }
  const rightGroups = numberRows(groups, right);
  const present = presence(context, right, { groupOf: rightGroups, groups: groups.size });
  const groupOf = numberRows(groups, left);
  return keepWhere(left, { groupOf, present, wanted: op === 'and' ? 1 : 0, steps });
}

interface Presence {
  readonly groupOf: Int32Array;
  readonly groups: number;
}

/** For every match group and step, whether any row has a point there. */
function presence(context: EvaluationContext, rows: RowSource, { groupOf, groups }: Presence): Uint8Array {
  const { steps } = context.grid;
  const present = new Uint8Array(groups * steps);
  const row = new RowTarget(new Float64Array(steps));
  const mask = checkpointMask(steps);
  for (let number = 0; number < rows.size; number += 1) {
    if ((number & mask) === 0) {
      context.checkpoint();
    }
    rows.fill(number, row);
    const target = (groupOf[number] ?? 0) * steps;
    for (let step = row.firstStep; step < row.endStep; step += 1) {
      if (row.out[step] !== ABSENT) {
        present[target + step] = 1;
      }
    }
  }
  return present;
}

interface Filter {
  readonly groupOf: Int32Array;
  /** Groups beyond its end are not present. */
  readonly present: Uint8Array;
  readonly wanted: 0 | 1;
  readonly steps: number;
}

function keepWhere(rows: RowSource, { groupOf, present, wanted, steps }: Filter): RowSource {
  return {
    ...rows,
    fill: (row, target) => {
      rows.fill(row, target);
      const { out, at, endStep } = target;
      const source = (groupOf[row] ?? 0) * steps;
      const isKnown = source < present.length;
      for (let step = target.firstStep; step < endStep; step += 1) {
        const found = isKnown ? present[source + step] : 0;
        if (found !== wanted) {
          out[at + step] = ABSENT;
        }
      }
    },
  };
}

function unionRows(context: EvaluationContext, groups: LabelGroups, sides: Pick<Operands, 'left' | 'right'>): RowSource {
  const { steps } = context.grid;
  const left = rowsOf(materialize(context, sides.left), steps);
  const present = presence(context, left, { groupOf: numberRows(groups, left), groups: groups.size });
  const right = keepWhere(sides.right, { groupOf: numberRows(groups, sides.right), present, wanted: 0, steps });
  const builder = new RowBuilder(steps, context);
  for (const side of [left, rowsOf(materialize(context, right), steps)]) {
    addRows(builder, side, steps);
  }
  const union: VectorValue = builder.build();
  return rowsOf(union, steps);
}

function addRows(builder: RowBuilder, rows: RowSource, steps: number): void {
  const row = new RowTarget(new Float64Array(steps));
  for (let number = 0; number < rows.size; number += 1) {
    rows.fill(number, row);
    const target = builder.row(rows.labelsAt(number), rows.dropsNameAt(number));
    for (let step = row.firstStep; step < row.endStep; step += 1) {
      const point = row.out[step] ?? ABSENT;
      if (point !== ABSENT) {
        builder.put(target, step, point);
      }
    }
  }
}
