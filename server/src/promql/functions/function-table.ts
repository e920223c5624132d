import { ABSENT } from '../../model/sample.ts';
import { type Call, type Expr, unwrapParens } from '../ast.ts';
import { evaluateRangeFunction, type RangeFunction, rangeFunctionRows } from '../evaluate/range-function.ts';
import { type RowSource, rowsFrom } from '../evaluate/row-source.ts';
import type { EvaluationContext, Value, VectorValue } from '../evaluate/values.ts';

export interface FunctionImplementation {
  (context: EvaluationContext, call: Call): Value;
  /** Functions that can give their instant vector row by row do so here. */
  readonly rows?: (context: EvaluationContext, call: Call) => RowSource;
  /** What it does with each window, for a function of a range vector that looks at one series at a time. */
  readonly perWindow?: RangeFunction;
}

export type FunctionTable = ReadonlyMap<string, FunctionImplementation>;

/** A function of each value of an instant vector, e.g. `abs`. The metric name is dropped. */
export function perValue(transform: (value: number) => number): FunctionImplementation {
  const evaluate = (context: EvaluationContext, call: Call): Value =>
    mapValues(context, context.vector(argument(call, 0)), transform);
  return Object.assign(evaluate, {
    rows: (context: EvaluationContext, call: Call) => mapRows(rowsFrom(context, argument(call, 0)), transform),
  });
}

function mapRows(input: RowSource, transform: (value: number) => number): RowSource {
  return {
    size: input.size,
    labelsAt: input.labelsAt,
    dropsNameAt: () => true,
    fill: (row, target) => {
      input.fill(row, target);
      const { out, at } = target;
      for (let i = at + target.firstStep; i < at + target.endStep; i += 1) {
        const value = out[i] ?? ABSENT;
        out[i] = value === ABSENT ? ABSENT : transform(value);
      }
    },
  };
}

/** Applies a transformation to every point; `step` is the point's step. The metric name is dropped. */
export function mapValues(
  context: EvaluationContext,
  input: VectorValue,
  transform: (value: number, step: number) => number,
): VectorValue {
  const data = context.allocate(input.labels.length);
  const { steps } = context.grid;
  for (let i = 0; i < data.length; i += 1) {
    const value = input.data[i] ?? ABSENT;
    data[i] = value === ABSENT ? ABSENT : transform(value, i % steps);
  }
  return { kind: 'vector', labels: input.labels, dropName: input.labels.map(() => true), data };
}

/** A function of a range vector, defined by what it makes of one window. */
export function perWindow(
  evaluate: RangeFunction['evaluate'],
  options: Omit<RangeFunction, 'evaluate'> = {},
): FunctionImplementation {
  const range: RangeFunction = { evaluate, ...options };
  return Object.assign((context: EvaluationContext, call: Call) => evaluateRangeFunction(context, call, range), {
    rows: (context: EvaluationContext, call: Call) => rangeFunctionRows(context, call, range),
    perWindow: range,
  });
}

/** The argument at a position the signature guarantees, without parentheses around it: that is where annotations point. */
export function argument(call: Call, index: number): Expr {
  const arg = call.args[index];
  if (arg === undefined) {
    throw new TypeError(`${call.name}() lacks argument ${index + 1}`);
  }
  return unwrapParens(arg);
}

/** The value of an argument the signature says is a string. */
export function stringArgument(call: Call, index: number): string {
  const arg = unwrapParens(argument(call, index));
  return arg.kind === 'string' ? arg.value : '';
}
