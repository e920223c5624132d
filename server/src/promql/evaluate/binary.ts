import { ABSENT } from '../../model/sample.ts';
import { type Binary, type Expr, isComparison, isSetOperator, leftChain } from '../ast.ts';
import { typeOf } from '../parser/type-check.ts';
import { joinRows } from './join.ts';
import { codeOf, type OperatorCode, operate, operationOf } from './operators.ts';
import { materialize, type RowSource, type RowTarget, rowsFrom, rowsOf } from './row-source.ts';
import { combineSets } from './set-operators.ts';
import type { EvaluationContext, ScalarValue, VectorValue } from './values.ts';

/** Numbers, or rows that are computed when they are asked for. */
type Operand = Float64Array | RowSource;

/** Rows that rest on rows call each other as deep as this; then they are held. */
const MAX_ROWS_DEPTH = 64;

/** An operation between scalars, instant vectors or one of each, whose operands the context has. */
export function evaluateBinary(context: EvaluationContext, expr: Binary): ScalarValue | VectorValue {
  return held(context, operated(context, expr, operandOf(context, expr.left)));
}

/** The same for an expression whose left side may be an operation too, and so on for as long as you like. */
export function evaluateChain(context: EvaluationContext, expr: Binary): ScalarValue | VectorValue {
  return held(context, chainOperand(context, expr));
}

/** `evaluateChain` of an operation with an instant vector in it, row by row. */
export function chainRows(context: EvaluationContext, expr: Binary): RowSource {
  const operand = chainOperand(context, expr);
  if (operand instanceof Float64Array) {
    throw new TypeError('expected an instant vector, got a scalar');
  }
  return operand;
}

function chainOperand(context: EvaluationContext, expr: Binary): Operand {
  const chain = leftChain(expr);
  const known = chain.findLastIndex((link) => context.knownRows?.(link) !== undefined);
  let left = operandOf(context, chain[known] ?? chain[0].left);
  for (let index = known + 1; index < chain.length; index += 1) {
    const link = chain[index] ?? expr;
    context.checkpoint();
    left = operated(context, link, left);
    if ((index + 1) % MAX_ROWS_DEPTH === 0 && !(left instanceof Float64Array)) {
      left = rowsOf(materialize(context, left), context.grid.steps);
    }
  }
  return left;
}

function held(context: EvaluationContext, operand: Operand): ScalarValue | VectorValue {
  return operand instanceof Float64Array ? { kind: 'scalar', values: operand } : materialize(context, operand);
}

function operandOf(context: EvaluationContext, expr: Expr): Operand {
  return typeOf(expr) === 'scalar' ? context.scalar(expr) : rowsFrom(context, expr);
}

function operated(context: EvaluationContext, expr: Binary, left: Operand): Operand {
  const right = operandOf(context, expr.right);
  if (left instanceof Float64Array) {
    return right instanceof Float64Array
      ? withScalars(expr, left, right)
      : withScalar(expr, { vector: right, scalar: left, scalarIsLeft: true });
  }
  if (right instanceof Float64Array) {
    return withScalar(expr, { vector: left, scalar: right, scalarIsLeft: false });
  }
  if (expr.matching === null) {
    throw new TypeError('an operation between vectors needs a matching');
  }
  const operands = { left, right, matching: expr.matching };
  return isSetOperator(expr.op) ? combineSets(context, expr.op, operands) : joinRows(context, expr, operands);
}

function withScalars({ op }: Binary, left: Float64Array, right: Float64Array): Float64Array {
  const operation = operationOf(op);
  return left.map((value, step) => operation(value, right[step] ?? 0));
}

interface ScalarOperands {
  readonly vector: RowSource;
  readonly scalar: Float64Array;
  readonly scalarIsLeft: boolean;
}

function withScalar(expr: Binary, { vector, scalar, scalarIsLeft }: ScalarOperands): RowSource {
  const code = codeOf(expr.op);
  const filters = isComparison(expr.op) && !expr.returnBool;
  return {
    size: vector.size,
    labelsAt: vector.labelsAt,
    dropsNameAt: filters ? vector.dropsNameAt : () => true,
    fill: (row, target) => {
      vector.fill(row, target);
      if (filters) {
        keepCompared(target, code, { scalar, scalarIsLeft });
        return;
      }
      const { out, at, endStep } = target;
      for (let step = target.firstStep; step < endStep; step += 1) {
        const value = out[at + step] ?? ABSENT;
        if (value === ABSENT) {
          continue;
        }
        const other = scalar[step] ?? 0;
        out[at + step] = scalarIsLeft ? operate(code, other, value) : operate(code, value, other);
      }
    },
  };
}

/** Leaves out the points for which the comparison does not hold. One that is not there is kept as what it is: nothing. */
function keepCompared(row: RowTarget, code: OperatorCode, { scalar, scalarIsLeft }: Omit<ScalarOperands, 'vector'>): void {
  if (code === GREATER && !scalarIsLeft) {
    keepGreater(row, scalar);
    return;
  }
  const { out, at, endStep } = row;
  for (let step = row.firstStep; step < endStep; step += 1) {
    const value = out[at + step] ?? ABSENT;
    const other = scalar[step] ?? 0;
    if ((scalarIsLeft ? operate(code, other, value) : operate(code, value, other)) !== 1) {
      out[at + step] = ABSENT;
    }
  }
}

const GREATER = codeOf('>');

function keepGreater({ out, at, firstStep, endStep }: RowTarget, scalar: Float64Array): void {
  for (let step = firstStep; step < endStep; step += 1) {
    if (!((out[at + step] ?? ABSENT) > (scalar[step] ?? 0))) {
      out[at + step] = ABSENT;
    }
  }
}
