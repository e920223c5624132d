import { Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Expr, unwrapParens } from '../ast.ts';
import { evaluateRangeFunction } from '../evaluate/range-function.ts';
import type { EvaluationContext, VectorValue } from '../evaluate/values.ts';
import { argument, type FunctionTable } from './function-table.ts';

/** 1 at the steps where nothing was found. */
export const absentFunctions: FunctionTable = new Map([
  [
    'absent',
    (context, call) => {
      const arg = argument(call, 0);
      return whereEmpty(context, context.vector(arg), arg);
    },
  ],
  [
    'absent_over_time',
    (context, call) => whereEmpty(context, evaluateRangeFunction(context, call, { evaluate: () => 1 }), argument(call, 0)),
  ],
]);

function whereEmpty(context: EvaluationContext, found: VectorValue, arg: Expr): VectorValue {
  const { steps } = context.grid;
  const data = context.allocate(1).fill(1);
  for (let i = 0; i < found.data.length; i += 1) {
    if (found.data[i] !== ABSENT) {
      data[i % steps] = ABSENT;
    }
  }
  return { kind: 'vector', labels: [labelsOfAbsent(arg)], dropName: [false], data };
}

/** The labels the selector pins to one value; a label with two matchers is left out. */
function labelsOfAbsent(arg: Expr): Labels {
  const expr = unwrapParens(arg);
  const selector = expr.kind === 'matrixSelector' ? expr.selector : expr;
  if (selector.kind !== 'vectorSelector') {
    return Labels.EMPTY;
  }
  const seen = new Set<string>();
  const labels = new Map<string, string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) {
      continue;
    }
    if (operator === '=' && !seen.has(name)) {
      labels.set(name, value);
      seen.add(name);
    } else {
      labels.delete(name);
    }
  }
  return Labels.fromEntries(labels);
}
