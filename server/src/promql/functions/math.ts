import { ABSENT } from '../../model/sample.ts';
import type { Call } from '../ast.ts';
import type { EvaluationContext, VectorValue } from '../evaluate/values.ts';
import { larger, smaller } from './extremes.ts';
import { argument, type FunctionTable, mapValues, perValue } from './function-table.ts';

/** Functions of each value by itself. */
export const mathFunctions: FunctionTable = new Map([
  ['abs', perValue(Math.abs)],
  ['ceil', perValue(Math.ceil)],
  ['floor', perValue(Math.floor)],
  ['exp', perValue(Math.exp)],
  ['sqrt', perValue(Math.sqrt)],
  ['ln', perValue(Math.log)],
  ['log2', perValue(Math.log2)],
  ['log10', perValue(Math.log10)],
  ['sin', perValue(Math.sin)],
  ['cos', perValue(Math.cos)],
  ['tan', perValue(Math.tan)],
  ['asin', perValue(Math.asin)],
  ['acos', perValue(Math.acos)],
  ['atan', perValue(Math.atan)],
  ['sinh', perValue(Math.sinh)],
  ['cosh', perValue(Math.cosh)],
  ['tanh', perValue(Math.tanh)],
  ['asinh', perValue(Math.asinh)],
  ['acosh', perValue(Math.acosh)],
  ['atanh', perValue(Math.atanh)],
  ['deg', perValue((value) => (value * 180) / Math.PI)],
  ['rad', perValue((value) => (value * Math.PI) / 180)],
  ['sgn', perValue(Math.sign)],
  [
    'round',
    (context, call) => {
      const input = context.vector(argument(call, 0));
      const nearest = call.args.length > 1 ? context.scalar(argument(call, 1)) : undefined;
      return mapValues(context, input, (value, step) => {
        const inverse = 1 / (nearest?.[step] ?? 1);
        return Math.floor(value * inverse + 0.5) / inverse;
      });
    },
  ],
  ['clamp', (context, call) => clamp(context, call, { min: 1, max: 2 })],
  ['clamp_min', (context, call) => clamp(context, call, { min: 1 })],
  ['clamp_max', (context, call) => clamp(context, call, { max: 1 })],
]);

function clamp(context: EvaluationContext, call: Call, bounds: { readonly min?: number; readonly max?: number }): VectorValue {
  const input = context.vector(argument(call, 0));
  const mins = bounds.min === undefined ? undefined : context.scalar(argument(call, bounds.min));
  const maxs = bounds.max === undefined ? undefined : context.scalar(argument(call, bounds.max));
  return mapValues(context, input, (value, step) => {
    const min = mins?.[step] ?? Number.NEGATIVE_INFINITY;
    const max = maxs?.[step] ?? Number.POSITIVE_INFINITY;
    return max < min ? ABSENT : larger(min, smaller(max, value));
  });
}
