import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Call, unwrapParens } from '../ast.ts';
import type { EvaluationContext, ScalarValue } from '../evaluate/values.ts';
import { larger, smaller } from './extremes.ts';
import { argument, type FunctionImplementation, type FunctionTable, mapValues } from './function-table.ts';

/** Functions about time, and those that turn scalars and vectors into each other. */
export const scalarFunctions: FunctionTable = new Map<string, FunctionImplementation>([
  ['time', (context) => perStep(context, (timeMs) => timeMs / 1000)],
  ['min_of', (context, call) => pairwise(context, call, smaller)],
  ['max_of', (context, call) => pairwise(context, call, larger)],
  ['pi', (context) => perStep(context, () => Math.PI)],
  ['start', (context) => perStep(context, () => context.query.startMs / 1000)],
  ['end', (context) => perStep(context, () => context.query.endMs / 1000)],
  ['step', (context) => perStep(context, () => context.query.stepMs / 1000)],
  ['range', (context) => perStep(context, () => (context.query.endMs - context.query.startMs) / 1000)],
  [
    'vector',
    (context, call) => ({
      kind: 'vector',
      labels: [Labels.EMPTY],
      dropName: [false],
      data: context.scalar(argument(call, 0)),
    }),
  ],
  [
    'scalar',
    (context, call) => {
      const { data } = context.vector(argument(call, 0));
      const { steps } = context.grid;
      const values = new Float64Array(steps).fill(Number.NaN);
      const seen = new Uint32Array(steps);
      for (let i = 0; i < data.length; i += 1) {
        const value = data[i] ?? ABSENT;
        const step = i % steps;
        if (value !== ABSENT) {
          seen[step] = (seen[step] ?? 0) + 1;
          values[step] = seen[step] === 1 ? value : Number.NaN;
        }
      }
      return { kind: 'scalar', values };
    },
  ],
  [
    'timestamp',
    (context, call) => {
      const arg = unwrapParens(argument(call, 0));
      if (arg.kind === 'vectorSelector') {
        const times = context.sampleTimes(arg);
        return { ...times, dropName: times.labels.map(() => true) };
      }
      const { startMs, stepMs } = context.grid;
      return mapValues(context, context.vector(arg), (_value, step) => (startMs + step * stepMs) / 1000);
    },
  ],
]);

function pairwise(context: EvaluationContext, call: Call, choose: (a: number, b: number) => number): ScalarValue {
  const right = context.scalar(argument(call, 1));
  const left = context.scalar(argument(call, 0));
  return { kind: 'scalar', values: left.map((value, step) => choose(value, right[step] ?? Number.NaN)) };
}

function perStep(context: EvaluationContext, valueAt: (timeMs: number) => number): ScalarValue {
  const { startMs, stepMs, steps } = context.grid;
  return { kind: 'scalar', values: Float64Array.from({ length: steps }, (_, step) => valueAt(startMs + step * stepMs)) };
}
