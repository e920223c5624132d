import { ABSENT } from '../../model/sample.ts';
import { type Binary, type Expr, isComparison, isSetOperator } from '../ast.ts';
import { typeOf } from '../parser/type-check.ts';
import { joinRows } from './join.ts';
import { codeOf, operate, operationOf } from './operators.ts';
import { materialize, type RowSource, rowsFrom } from './row-source.ts';
import { combineSets } from './set-operators.ts';
import type { EvaluationContext, ScalarValue, VectorValue } from './values.ts';

/** An operation between scalars, instant vectors or one of each. */
export function evaluateBinary(context: EvaluationContext, expr: Binary): ScalarValue | VectorValue {
  return typeOf(expr) === 'scalar' ? evaluateScalars(context, expr) : materialize(context, binaryRows(context, expr));
}

function evaluateScalars(context: EvaluationContext, expr: Binary): ScalarValue {
  const left = context.scalar(expr.left);
  const right = context.scalar(expr.right);
  const operation = operationOf(expr.op);
  return { kind: 'scalar', values: left.map((value, step) => operation(value, right[step] ?? 0)) };
}

/** An operation with an instant vector on one side or both. */
export function binaryRows(context: EvaluationContext, expr: Binary): RowSource {
  const isVector = (side: Expr): boolean => typeOf(side) === 'vector';
  if (isVector(expr.left) && isVector(expr.right) && expr.matching !== null) {
    const operands = { left: rowsFrom(context, expr.left), right: rowsFrom(context, expr.right), matching: expr.matching };
    return isSetOperator(expr.op) ? combineSets(context, expr.op, operands) : joinRows(context, expr, operands);
  }
  if (isVector(expr.left)) {
    const vector = rowsFrom(context, expr.left);
    return withScalar(context, expr, { vector, scalar: context.scalar(expr.right), scalarIsLeft: false });
  }
  const scalar = context.scalar(expr.left);
  return withScalar(context, expr, { vector: rowsFrom(context, expr.right), scalar, scalarIsLeft: true });
}

interface ScalarOperands {
  readonly vector: RowSource;
  readonly scalar: Float64Array;
  readonly scalarIsLeft: boolean;
}

function withScalar({ grid }: EvaluationContext, expr: Binary, { vector, scalar, scalarIsLeft }: ScalarOperands): RowSource {
  const code = codeOf(expr.op);
  const { steps } = grid;
  const filters = isComparison(expr.op) && !expr.returnBool;
  return {
    size: vector.size,
    labelsAt: vector.labelsAt,
    dropsNameAt: filters ? vector.dropsNameAt : () => true,
    fill: (row, out, at) => {
      vector.fill(row, out, at);
      for (let step = 0; step < steps; step += 1) {
        const value = out[at + step] ?? ABSENT;
        if (value === ABSENT) {
          continue;
        }
        const other = scalar[step] ?? 0;
        const result = scalarIsLeft ? operate(code, other, value) : operate(code, value, other);
        const kept = result === 1 ? value : ABSENT;
        out[at + step] = filters ? kept : result;
      }
    },
  };
}
