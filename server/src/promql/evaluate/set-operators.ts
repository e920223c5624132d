import { ABSENT } from '../../model/sample.ts';
import type { SetOperator } from '../ast.ts';
import { MatchGroups, type Operands } from './matching.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from './values.ts';

/** `and`, `or`, `unless`: whole points are kept or left out, step by step, by the presence of their match group on the other side. */
export function combineSets(context: EvaluationContext, op: SetOperator, { left, right, matching }: Operands): VectorValue {
  const groups = new MatchGroups(matching);
  const leftGroups = groups.number(left.labels);
  const rightGroups = groups.number(right.labels);
  const { steps } = context.grid;
  if (op === 'or') {
    const present = presence({ value: left, groupOf: leftGroups, groups: groups.size, steps });
    return unionRows(context, left, keepWhere(context, right, { groupOf: rightGroups, present, wanted: 0 }));
  }
  const present = presence({ value: right, groupOf: rightGroups, groups: groups.size, steps });
  return keepWhere(context, left, { groupOf: leftGroups, present, wanted: op === 'and' ? 1 : 0 });
}

interface Presence {
  readonly value: VectorValue;
  readonly groupOf: Int32Array;
  readonly groups: number;
  readonly steps: number;
}

function presence({ value, groupOf, groups, steps }: Presence): Uint8Array {
  const present = new Uint8Array(groups * steps);
  for (let row = 0; row < groupOf.length; row += 1) {
    const target = (groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step += 1) {
      if (value.data[row * steps + step] !== ABSENT) {
        present[target + step] = 1;
      }
    }
  }
  return present;
}

interface Filter {
  readonly groupOf: Int32Array;
  readonly present: Uint8Array;
  readonly wanted: 0 | 1;
}

function keepWhere(context: EvaluationContext, value: VectorValue, { groupOf, present, wanted }: Filter): VectorValue {
  const { steps } = context.grid;
  const data = context.allocate(value.labels.length);
  for (let row = 0; row < groupOf.length; row += 1) {
    const source = (groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step += 1) {
      const index = row * steps + step;
      data[index] = present[source + step] === wanted ? (value.data[index] ?? ABSENT) : ABSENT;
    }
  }
  return { ...value, data };
}

function unionRows(context: EvaluationContext, left: VectorValue, right: VectorValue): VectorValue {
  const { steps } = context.grid;
  const builder = new RowBuilder(steps, context);
  for (const value of [left, right]) {
    for (const [row, labels] of value.labels.entries()) {
      let target = -1;
      for (let step = 0; step < steps; step += 1) {
        const point = value.data[row * steps + step] ?? ABSENT;
        if (point !== ABSENT) {
          target = target < 0 ? builder.row(labels, value.dropName[row] ?? false) : target;
          builder.put(target, step, point);
        }
      }
    }
  }
  return builder.build();
}
