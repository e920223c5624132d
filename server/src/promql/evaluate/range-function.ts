import { ABSENT } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import { ValuesView } from '../../model/values-view.ts';
import type { Call, Expr, Span } from '../ast.ts';
import { typeOf } from '../parser/type-check.ts';
import { materialize, type RowSource, rowsOf } from './row-source.ts';
import { hasStale, liveSamples, locate } from './selector.ts';
import type { EvaluationContext, RangeValue, VectorValue } from './values.ts';
import { WindowCursor } from './window-cursor.ts';

/** The samples one step of one series looks at: indices `from` (inclusive) to `to` (exclusive), never empty. Reused between calls. */
export interface Window {
  timestamps: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
  /** The window is (rangeStartMs, rangeEndMs]; offset and `@` are already applied. */
  rangeStartMs: number;
  rangeEndMs: number;
  /** The step's own time. */
  evaluationMs: number;
  rangeMs: number;
  /** False only if no value in the window is below the one before: then counters need no correction. */
  seriesHasDrops: boolean;
  /** The scalar arguments at this step, in order. */
  readonly scalars: number[];
}

/** One series to compute the steps of, those of the windows' span; the same object again for each series. */
export interface SeriesRun {
  timestamps: Float64Array;
  /** From `start` on, as many as there are timestamps. */
  values: Float64Array;
  start: number;
  /** Receives a value or ABSENT for every step of the span: that of step i at `at + i`. */
  out: Float64Array;
  at: number;
}

export interface KernelSetting {
  /** Already moved to the timestamps of the series whenever the kernel is called. */
  readonly windows: WindowCursor;
  /** The time of the first step, and from step to step. */
  readonly startMs: number;
  readonly stepMs: number;
  /** The scalar arguments as columns over the steps. */
  readonly scalars: readonly Float64Array[];
  /** To be told of samples looked at, where windows are looked at one by one: throws when the query may not go on. */
  readonly spend: (samples: number) => void;
}

/** Computes all steps of one series: called for each of very many series, so it must not allocate. */
export type SeriesKernel = (run: SeriesRun) => void;

export interface RangeFunction {
  /** The definition: the value for one window, or ABSENT. It must not allocate. */
  readonly evaluate: (window: Window) => number;
  /** The same for all windows of a series at once, where that is faster. */
  readonly kernel?: (setting: KernelSetting) => SeriesKernel;
  /** The value for one window of averages that stand for so many samples each, where it differs from `evaluate`. */
  readonly weighted?: (window: Window, weights: Float64Array) => number;
  /** `last_over_time` and `first_over_time` keep the metric name. */
  readonly keepsName?: boolean;
  /** Looks at the whole call once it is done, to annotate. */
  readonly inspect?: (inspection: RangeInspection) => void;
  /** Whether `inspect` can find anything. If not, the rows of the result need not be held. */
  readonly isInspected?: (series: RangeValue['series'], scalars: readonly Float64Array[]) => boolean;
}

export interface RangeInspection {
  readonly context: EvaluationContext;
  readonly call: Call;
  readonly rangeArg: Expr;
  readonly result: VectorValue;
  /** The scalar arguments as columns over the steps. */
  readonly scalars: readonly Float64Array[];
  readonly scalarSpans: readonly Span[];
}

/** Evaluates a function of a range vector at every step of every series. */
export function evaluateRangeFunction(context: EvaluationContext, call: Call, implementation: RangeFunction): VectorValue {
  const prepared = prepareCall(context, call, implementation);
  return prepared.inspected ?? materialize(context, prepared.rows);
}

/** The same, row by row. */
export function rangeFunctionRows(context: EvaluationContext, call: Call, implementation: RangeFunction): RowSource {
  return prepareCall(context, call, implementation).rows;
}

interface PreparedCall {
  readonly rows: RowSource;
  /** The result, when it had to be looked at as a whole. */
  readonly inspected?: VectorValue;
}

function prepareCall(context: EvaluationContext, call: Call, implementation: RangeFunction): PreparedCall {
  const rangeArg = call.args.find((arg) => typeOf(arg) === 'matrix') ?? call;
  const scalarArgs = call.args.filter((arg) => arg !== rangeArg);
  const scalars = scalarArgs.map((arg) => context.scalar(arg));
  const input = context.range(rangeArg);
  const rows = kernelRows(context, input, { implementation, scalars });
  const { inspect, isInspected } = implementation;
  if (inspect === undefined || isInspected?.(input.series, scalars) === false) {
    return { rows };
  }
  const result = materialize(context, rows);
  inspect({ context, call, rangeArg, result, scalars, scalarSpans: scalarArgs.map((arg) => arg.span) });
  return { rows: rowsOf(result, context.grid.steps), inspected: result };
}

interface Implemented {
  readonly implementation: RangeFunction;
  readonly scalars: readonly Float64Array[];
}

function kernelRows(context: EvaluationContext, input: RangeValue, { implementation, scalars }: Implemented): RowSource {
  const { startMs, stepMs, steps } = context.grid;
  const windows = new WindowCursor({
    firstEndMs: (input.atMs ?? startMs) - input.offsetMs,
    stepMs: input.atMs === null ? stepMs : 0,
    steps,
    rangeMs: input.rangeMs,
  });
  const setting = { windows, startMs, stepMs, scalars, spend: budget(context) };
  const kernel = implementation.kernel?.(setting) ?? windowKernel(setting, implementation.evaluate);
  let weights = NO_SAMPLES;
  const { weighted } = implementation;
  const weightedKernel = weighted && windowKernel(setting, (window) => weighted(window, weights));
  const run: SeriesRun = { timestamps: NO_SAMPLES, values: NO_SAMPLES, start: 0, out: NO_SAMPLES, at: 0 };
  const view = new ValuesView();
  const seriesAt = (row: number) => {
    const series = input.series[row];
    if (series === undefined) {
      throw new RangeError(`no row ${row}`);
    }
    return series;
  };
  return {
    size: input.series.length,
    labelsAt: (row) => seriesAt(row).labels,
    dropsNameAt: (row) => implementation.keepsName !== true || (input.dropName[row] ?? false),
    fill: (row, target) => {
      const series = seriesAt(row);
      takeSamples(run, series, view);
      weights = series.weights ?? NO_SAMPLES;
      if (hasStale(run.values, run.start, run.timestamps.length)) {
        const live = liveSamples({ ...series, timestamps: run.timestamps, values: run.values, at: run.start });
        run.timestamps = live.timestamps;
        run.values = live.values;
        run.start = 0;
        weights = live.weights ?? NO_SAMPLES;
      }
      windows.moveTo(run.timestamps);
      target.firstStep = windows.firstStep;
      target.endStep = windows.endStep;
      run.out = target.out;
      run.at = target.at;
      (series.weights === undefined ? kernel : (weightedKernel ?? kernel))(run);
    },
  };
}

function takeSamples(run: SeriesRun, series: SeriesSamples, view: ValuesView): void {
  locate(series, view);
  run.timestamps = series.timestamps;
  run.values = view.values;
  run.start = view.at;
}

/** Looks whether the query may go on every so many samples: a few milliseconds of work. */
const CHECKPOINT_SAMPLES = 200_000;

function budget(context: EvaluationContext): KernelSetting['spend'] {
  let spent = 0;
  return (samples) => {
    spent += samples;
    if (spent > CHECKPOINT_SAMPLES) {
      spent = 0;
      context.checkpoint();
    }
  };
}

const NO_SAMPLES: Float64Array = new Float64Array(0);

/** Computes each window by itself. */
function windowKernel(
  { windows, startMs, stepMs, scalars, spend }: KernelSetting,
  evaluate: (window: Window) => number,
): SeriesKernel {
  const { grid, from, to } = windows;
  const window = emptyWindow(grid.rangeMs);
  return ({ timestamps, values, start, out, at }) => {
    window.timestamps = timestamps;
    window.values = start === 0 ? values : values.subarray(start, start + timestamps.length);
    for (let step = windows.firstStep; step < windows.endStep; step += 1) {
      window.from = from[step] ?? 0;
      window.to = to[step] ?? 0;
      if (window.from === window.to) {
        out[at + step] = ABSENT;
        continue;
      }
      window.rangeEndMs = grid.firstEndMs + step * grid.stepMs;
      window.rangeStartMs = window.rangeEndMs - grid.rangeMs;
      window.evaluationMs = startMs + step * stepMs;
      for (let i = 0; i < scalars.length; i += 1) {
        window.scalars[i] = scalars[i]?.[step] ?? Number.NaN;
      }
      spend(window.to - window.from);
      out[at + step] = evaluate(window);
    }
  };
}

function emptyWindow(rangeMs: number): Window {
  return {
    timestamps: NO_SAMPLES,
    values: NO_SAMPLES,
    from: 0,
    to: 0,
    rangeStartMs: 0,
    rangeEndMs: 0,
    evaluationMs: 0,
    rangeMs,
    seriesHasDrops: true,
    scalars: [],
  };
}
