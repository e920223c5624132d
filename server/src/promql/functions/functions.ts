import type { Call } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { RangeFunction } from '../evaluate/range-function.ts';
import type { RowSource } from '../evaluate/row-source.ts';
import type { EvaluationContext, Value } from '../evaluate/values.ts';
import { absentFunctions } from './absent.ts';
import { calendarFunctions } from './calendar.ts';
import type { FunctionImplementation, FunctionTable } from './function-table.ts';
import { histogramFunctions } from './histogram.ts';
import { labelFunctions } from './label.ts';
import { mathFunctions } from './math.ts';
import { overTimeFunctions } from './over-time.ts';
import { rateFunctions } from './rate.ts';
import { regressionFunctions } from './regression.ts';
import { scalarFunctions } from './scalar.ts';
import { sortFunctions } from './sort.ts';

const FUNCTIONS: FunctionTable = new Map([
  ...absentFunctions,
  ...calendarFunctions,
  ...histogramFunctions,
  ...labelFunctions,
  ...mathFunctions,
  ...overTimeFunctions,
  ...rateFunctions,
  ...regressionFunctions,
  ...scalarFunctions,
  ...sortFunctions,
]);

/** What a function does with each window of one series, or `undefined` for all other functions. Standing queries call it directly. */
export function windowFunction(name: string): RangeFunction | undefined {
  return FUNCTIONS.get(name)?.perWindow;
}

/** Evaluates a function call; the parser has checked name and arguments. */
export function callFunction(context: EvaluationContext, call: Call): Value {
  return implementationOf(call)(context, call);
}

/** The call's instant vector row by row, or `null` when the function only gives it as a whole. */
export function callRows(context: EvaluationContext, call: Call): RowSource | null {
  return implementationOf(call).rows?.(context, call) ?? null;
}

function implementationOf(call: Call): FunctionImplementation {
  const implementation = FUNCTIONS.get(call.name);
  if (implementation === undefined) {
    throw new EvaluationError(`function ${JSON.stringify(call.name)} is not supported`);
  }
  return implementation;
}
