import { ABSENT } from '../../model/sample.ts';
import { type Binary, isComparison, isSetOperator } from '../ast.ts';
import { joinVectors } from './join.ts';
import { operationOf } from './operators.ts';
import { combineSets } from './set-operators.ts';
import type { EvaluationContext, Value, VectorValue } from './values.ts';

export function evaluateBinary(context: EvaluationContext, expr: Binary): Value {
  const left = context.evaluate(expr.left);
  const right = context.evaluate(expr.right);
  if (left.kind === 'vector' && right.kind === 'vector' && expr.matching !== null) {
    const operands = { left, right, matching: expr.matching };
    return isSetOperator(expr.op) ? combineSets(context, expr.op, operands) : joinVectors(context, expr, operands);
  }
  if (left.kind === 'vector' && right.kind === 'scalar') {
    return withScalar(context, expr, { vector: left, scalar: right.values, scalarIsLeft: false });
  }
  if (left.kind === 'scalar' && right.kind === 'vector') {
    return withScalar(context, expr, { vector: right, scalar: left.values, scalarIsLeft: true });
  }
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const operation = operationOf(expr.op);
    return { kind: 'scalar', values: left.values.map((value, step) => operation(value, right.values[step] ?? 0)) };
  }
  throw new TypeError('binary expression of strings');
}

interface ScalarOperands {
  readonly vector: VectorValue;
  readonly scalar: Float64Array;
  readonly scalarIsLeft: boolean;
}

function withScalar(context: EvaluationContext, expr: Binary, { vector, scalar, scalarIsLeft }: ScalarOperands): VectorValue {
  const operation = operationOf(expr.op);
  const { steps } = context.grid;
  const { data } = vector;
  const filters = isComparison(expr.op) && !expr.returnBool;
  const out = context.allocate(vector.labels.length);
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? ABSENT;
    if (value === ABSENT) {
      out[i] = ABSENT;
      continue;
    }
    const other = scalar[i % steps] ?? 0;
    const result = scalarIsLeft ? operation(other, value) : operation(value, other);
    if (filters) {
      out[i] = result === 1 ? value : ABSENT;
    } else {
      out[i] = result;
    }
  }
  const dropName = filters ? vector.dropName : vector.labels.map(() => true);
  return { kind: 'vector', labels: vector.labels, dropName, data: out };
}
