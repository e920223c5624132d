import type { Call } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { RangeFunction } from '../evaluate/range-function.ts';
import type { EvaluationContext, Value } from '../evaluate/values.ts';
import { absentFunctions } from './absent.ts';
import { calendarFunctions } from './calendar.ts';
import type { FunctionTable } from './function-table.ts';
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
  const implementation = FUNCTIONS.get(call.name);
  if (implementation === undefined) {
    throw new EvaluationError(`function ${JSON.stringify(call.name)} is not supported`);
  }
  return implementation(context, call);
}
