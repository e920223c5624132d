import { ABSENT } from '../../model/sample.ts';
import type { Call, Expr, Span } from '../ast.ts';
import { typeOf } from '../parser/type-check.ts';
import { firstAfter } from './selector.ts';
import type { EvaluationContext, Grid, RangeValue, VectorValue } from './values.ts';

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
  /** Whether any value of the whole series is below the one before: without, counters need no correction. */
  seriesHasDrops: boolean;
  /** The scalar arguments at this step, in order. */
  readonly scalars: number[];
}

export interface RangeFunction {
  /** The value for one window, or ABSENT. Called for every step of every series: it must not allocate. */
  readonly evaluate: (window: Window) => number;
  /** `last_over_time` and `first_over_time` keep the metric name. */
  readonly keepsName?: boolean;
  /** Looks at the whole call once it is done, to annotate. */
  readonly inspect?: (inspection: RangeInspection) => void;
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

/** Runs a function of a range vector over every series and step, moving both ends of the window forward only. */
export function evaluateRangeFunction(context: EvaluationContext, call: Call, implementation: RangeFunction): VectorValue {
  const rangeArg = call.args.find((arg) => typeOf(arg) === 'matrix') ?? call;
  const scalarArgs = call.args.filter((arg) => arg !== rangeArg);
  const scalars = scalarArgs.map((arg) => context.scalar(arg));
  const input = context.range(rangeArg);
  const data = context.allocate(input.labels.length);
  const window = emptyWindow(input.rangeMs);
  for (let row = 0; row < input.labels.length; row += 1) {
    if (row % 256 === 0) {
      context.checkpoint();
    }
    window.timestamps = input.timestamps[row] ?? NO_SAMPLES;
    window.values = input.values[row] ?? NO_SAMPLES;
    window.seriesHasDrops = hasDrops(window.values);
    slide(context.grid, input, { window, scalars, data, at: row * context.grid.steps, evaluate: implementation.evaluate });
  }
  const result: VectorValue = {
    kind: 'vector',
    labels: input.labels,
    dropName: implementation.keepsName === true ? input.dropName : input.labels.map(() => true),
    data,
  };
  implementation.inspect?.({
    context,
    call,
    rangeArg,
    result,
    scalars,
    scalarSpans: scalarArgs.map((arg) => arg.span),
  });
  return result;
}

const NO_SAMPLES = new Float64Array(0);

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
    seriesHasDrops: false,
    scalars: [],
  };
}

interface Slide {
  readonly window: Window;
  readonly scalars: readonly Float64Array[];
  readonly data: Float64Array;
  readonly at: number;
  readonly evaluate: (window: Window) => number;
}

function slide(grid: Grid, input: RangeValue, { window, scalars, data, at, evaluate }: Slide): void {
  const { timestamps } = window;
  const { length } = timestamps;
  const pinned = input.atMs;
  const firstEnd = (pinned ?? grid.startMs) - input.offsetMs;
  let from = firstAfter(timestamps, firstEnd - input.rangeMs);
  let to = from;
  for (let step = 0; step < grid.steps; step += 1) {
    const rangeEnd = pinned === null ? firstEnd + step * grid.stepMs : firstEnd;
    const rangeStart = rangeEnd - input.rangeMs;
    while (from < length && (timestamps[from] ?? 0) <= rangeStart) {
      from += 1;
    }
    to = Math.max(to, from);
    while (to < length && (timestamps[to] ?? 0) <= rangeEnd) {
      to += 1;
    }
    if (from === to) {
      data[at + step] = ABSENT;
      continue;
    }
    window.from = from;
    window.to = to;
    window.rangeStartMs = rangeStart;
    window.rangeEndMs = rangeEnd;
    window.evaluationMs = grid.startMs + step * grid.stepMs;
    for (let i = 0; i < scalars.length; i += 1) {
      window.scalars[i] = scalars[i]?.[step] ?? Number.NaN;
    }
    data[at + step] = evaluate(window);
  }
}

function hasDrops(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i += 1) {
    if ((values[i] ?? 0) < (values[i - 1] ?? 0)) {
      return true;
    }
  }
  return false;
}
