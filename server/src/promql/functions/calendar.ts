import { Labels } from '../../model/labels.ts';
import { argument, type FunctionImplementation, type FunctionTable, mapValues } from './function-table.ts';

/** Parts of UTC dates given as epoch seconds, or of the evaluation time when called without an argument. */
export const calendarFunctions: FunctionTable = new Map([
  ['year', calendar((date) => date.getUTCFullYear())],
  ['month', calendar((date) => date.getUTCMonth() + 1)],
  ['day_of_month', calendar((date) => date.getUTCDate())],
  ['day_of_week', calendar((date) => date.getUTCDay())],
  ['day_of_year', calendar((date) => (startOfDay(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1)],
  ['days_in_month', calendar((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate())],
  ['hour', calendar((date) => date.getUTCHours())],
  ['minute', calendar((date) => date.getUTCMinutes())],
]);

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}

function calendar(part: (date: Date) => number): FunctionImplementation {
  return (context, call) => {
    if (call.args.length > 0) {
      return mapValues(context, context.vector(argument(call, 0)), (value) => part(new Date(Math.trunc(value) * 1000)));
    }
    const { startMs, stepMs, steps } = context.grid;
    const data = Float64Array.from({ length: steps }, (_, step) => part(new Date(startMs + step * stepMs)));
    return { kind: 'vector', labels: [Labels.EMPTY], dropName: [false], data };
  };
}
