import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Selection, SeriesReader } from '../model/series-store.ts';
import { type Expr, selectorsOf, type ValueType, type VectorSelector } from './ast.ts';
import { hasComputedDurations, resolveDurations } from './durations.ts';
import { EvaluationError, QueryCanceledError, QueryLimitError } from './errors.ts';
import { Evaluator, type QueryState } from './evaluate/evaluator.ts';
import { fetchSelections, planSelections, type WindowSettings } from './evaluate/fetch.ts';
import { finishMatrix, finishVector } from './evaluate/finish.ts';
import type { Grid } from './evaluate/values.ts';
import { parse } from './parser/parse.ts';
import { typeOf } from './parser/type-check.ts';
import { annotatedPart, type Room, type ShareAnswer, ShareablePlan, ShareReader, type Sharing } from './shares.ts';

/** Inclusive range and step, epoch milliseconds. An instant query is a range of one step. */
export interface EvaluationRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** One series of a result: a value per step, `ABSENT` where there is none. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly values: Float64Array;
}

export interface Annotations {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** What an expression evaluates to over a range. A range vector (`kind: 'matrix'`) is only possible for an instant query. */
export type QueryResult =
  | { readonly kind: 'scalar'; readonly values: Float64Array; readonly annotations: Annotations }
  | { readonly kind: 'vector'; readonly series: readonly ResultSeries[]; readonly annotations: Annotations }
  | { readonly kind: 'matrix'; readonly series: readonly MatrixSeries[]; readonly annotations: Annotations }
  | { readonly kind: 'string'; readonly value: string; readonly annotations: Annotations };

export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** A parsed and checked expression, good for any number of evaluations. */
export interface PreparedQuery {
  readonly text: string;
  readonly expr: Expr;
  readonly type: ValueType;
  /** The matchers of every selector, in source order: what the query reads. */
  readonly selectors: readonly (readonly Matcher[])[];
}

/** What one query may use. */
export interface QueryLimits {
  /** Samples read plus points held; points that are used up as they are computed do not count. Prometheus' default: 50,000,000. */
  readonly maxSamples: number;
  /** Series read. */
  readonly maxSeries: number;
  /** Steps of the range; Prometheus' API allows 11,000. */
  readonly maxSteps: number;
  /** Text of label sets that the query makes, and of the answer where it is written: see `answerTooLarge`. */
  readonly maxAnswerBytes: number;
  /** Evaluation time; needs the engine's `now`. */
  readonly timeoutMs: number;
}

export const DEFAULT_QUERY_LIMITS: QueryLimits = {
  maxSamples: 50_000_000,
  maxSeries: 500_000,
  maxSteps: 11_000,
  maxAnswerBytes: 256 * 2 ** 20,
  timeoutMs: 120_000,
};

export interface EngineDeps {
  readonly reader: Pick<SeriesReader, 'select'>;
  /** How far back an instant selector looks, 5 minutes unless given. */
  readonly lookbackMs?: number;
  /** The step of subqueries that name none, 1 minute unless given. */
  readonly defaultSubqueryStepMs?: number;
  readonly limits?: Partial<QueryLimits>;
  /** Epoch milliseconds, to keep the time limit. Without it only `signal` stops a query. */
  readonly now?: () => number;
  /** Has large selections read and computed in shares. */
  readonly sharing?: Sharing;
}

export interface EvaluationOptions {
  readonly signal?: AbortSignal;
  /** Overrides of the engine's limits for this query. */
  readonly limits?: Partial<QueryLimits>;
  /** How far back an instant selector of this query looks; the engine's way when not said. */
  readonly lookbackMs?: number;
}

export interface ShareOptions extends EvaluationOptions {
  /** The number that was asked for. */
  readonly selection: number;
  /** Room for points of the answer. */
  readonly room: Room;
}

/** Evaluates PromQL with Prometheus 3 semantics. Reads first, everything at once, then computes without awaiting. */
export class PromqlEngine {
  readonly #deps: EngineDeps;
  readonly #limits: QueryLimits;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#limits = { ...DEFAULT_QUERY_LIMITS, ...deps.limits };
  }

  /** @throws PromqlParseError */
  prepare(text: string): PreparedQuery {
    const expr = parse(text);
    return { text, expr, type: typeOf(expr), selectors: selectorsOf(expr) };
  }

  /** Evaluates at one time. */
  instant(query: PreparedQuery | string, atMs: number, options?: EvaluationOptions): Promise<QueryResult> {
    return this.evaluate(query, { startMs: atMs, endMs: atMs, stepMs: 1 }, options);
  }

  /**
   * Evaluates at every step of a range. Series of a range come sorted by labels, those of an instant query in the order the
   * expression gives them (`sort`, `topk`).
   * @throws PromqlParseError, EvaluationError, QueryLimitError, QueryCanceledError
   */
  async evaluate(query: PreparedQuery | string, range: EvaluationRange, options: EvaluationOptions = {}): Promise<QueryResult> {
    const started = this.#start(query, range, options);
    const { prepared, plan, allowed } = started;
    rejectRangeOfMatrix(prepared.type, started.grid);
    const shares = this.#shares(started);
    const fetched = await fetchSelections(shares ?? this.#deps.reader, plan, options.signal);
    const own = { ...stateOf(started, fetched.samplesOf), samples: fetched.samples };
    keepWithin(allowed, fetched);
    const gathered = await shares?.gather(own);
    if (gathered === undefined) {
      return notTooDeep(() => finish(prepared, new Evaluator(own, started.grid), own));
    }
    const all = { series: fetched.series + gathered.series, samples: fetched.samples + gathered.samples };
    keepWithin(allowed, all);
    const state = { ...own, samples: all.samples, known: gathered.known };
    return notTooDeep(() => finish(prepared, new Evaluator(state, started.grid), state));
  }

  /**
   * Computes what can be computed of one selection of a query from the series that the reader gives for it, for an engine that
   * `sharing` lets ask for it. Query, range, look-back and settings must be those of that engine.
   */
  async share(
    query: PreparedQuery | string,
    range: EvaluationRange,
    { selection: number, room, ...options }: ShareOptions,
  ): Promise<ShareAnswer> {
    const started = this.#start(query, range, options);
    const plan = new ShareablePlan(started.prepared.expr, started.plan, started);
    const selection = plan.numbered(number);
    if (selection === undefined) {
      throw new RangeError(`the query has no selection ${number}`);
    }
    const wanted = new Map([...started.plan].filter(([, each]) => each === selection));
    const fetched = await fetchSelections(this.#deps.reader, wanted, options.signal);
    keepWithin(started.allowed, fetched);
    const state = { ...stateOf(started, fetched.samplesOf), samples: fetched.samples };
    const parts = plan.divisions(selection).map((division) => annotatedPart(state, division, room));
    return { series: fetched.series, samples: fetched.samples, parts };
  }

  #start(query: PreparedQuery | string, range: EvaluationRange, { signal, limits, lookbackMs }: EvaluationOptions): Started {
    const prepared = withDurations(typeof query === 'string' ? this.prepare(query) : query, range);
    const allowed = { ...this.#limits, ...limits };
    const grid = gridOf(range, allowed);
    const settings = {
      lookbackMs: lookbackMs ?? this.#deps.lookbackMs ?? 300_000,
      defaultStepMs: this.#deps.defaultSubqueryStepMs ?? 60_000,
      query: { startMs: range.startMs, endMs: range.endMs, stepMs: range.startMs === range.endMs ? 0 : range.stepMs },
    };
    const checkpoint = this.#checkpoint(signal, allowed.timeoutMs);
    checkpoint();
    return { prepared, allowed, grid, settings, checkpoint, plan: planSelections(prepared.expr, grid, settings) };
  }

  #shares(started: Started): ShareReader | undefined {
    const { sharing, reader } = this.#deps;
    const { prepared, plan } = started;
    if (sharing === undefined || prepared.type !== 'vector') {
      return undefined;
    }
    return new ShareReader(reader, sharing, new ShareablePlan(prepared.expr, plan, started));
  }

  #checkpoint(signal: AbortSignal | undefined, timeoutMs: number): () => void {
    const { now } = this.#deps;
    const deadline = (now?.() ?? 0) + timeoutMs;
    return () => {
      if (signal?.aborted === true) {
        throw new QueryCanceledError('query was canceled', { cause: signal.reason });
      }
      if (now !== undefined && now() > deadline) {
        throw new QueryLimitError('time', `query timed out after ${timeoutMs / 1000} s`);
      }
    };
  }
}

/** A query that has been checked, with what it needs. */
interface Started {
  readonly prepared: PreparedQuery;
  readonly allowed: QueryLimits;
  readonly grid: Grid;
  readonly settings: WindowSettings;
  readonly checkpoint: () => void;
  readonly plan: ReadonlyMap<VectorSelector, Selection>;
}

function stateOf({ prepared, settings, checkpoint, allowed }: Started, samplesOf: QueryState['samplesOf']): QueryState {
  return {
    text: prepared.text,
    settings,
    samplesOf,
    checkpoint,
    maxSamples: allowed.maxSamples,
    samples: 0,
    maxTextBytes: allowed.maxAnswerBytes,
    textBytes: 0,
    warnings: new Set(),
    infos: new Set(),
  };
}

function keepWithin({ maxSeries, maxSamples }: QueryLimits, read: { readonly series: number; readonly samples: number }): void {
  if (read.series > maxSeries) {
    throw new QueryLimitError('series', `query reads ${read.series} series, more than the limit of ${maxSeries}`);
  }
  if (read.samples > maxSamples) {
    throw new QueryLimitError('samples', 'query processing would load too many samples into memory in query execution');
  }
}

/** The query with the durations that are computed from its step and range. */
function withDurations(query: PreparedQuery, { startMs, endMs, stepMs }: EvaluationRange): PreparedQuery {
  if (!hasComputedDurations(query.expr)) {
    return query;
  }
  const times = { stepMs: startMs === endMs ? 0 : stepMs, rangeMs: endMs - startMs };
  return { ...query, expr: resolveDurations(query.expr, times) };
}

function gridOf({ startMs, endMs, stepMs }: EvaluationRange, limits: QueryLimits): Grid {
  if (!(stepMs > 0) || !(endMs >= startMs)) {
    throw new EvaluationError('invalid range: the step must be above 0 and the end not before the start');
  }
  const steps = Math.floor((endMs - startMs) / stepMs) + 1;
  // As in Prometheus, both ends of a full range are given.
  if (steps > limits.maxSteps + 1) {
    throw new QueryLimitError(
      'steps',
      `exceeded maximum resolution of ${limits.maxSteps} points per timeseries. Try a longer step or a shorter range`,
    );
  }
  return { startMs, stepMs, steps, endMs };
}

function rejectRangeOfMatrix(type: ValueType, grid: Grid): void {
  if (grid.steps > 1 && (type === 'matrix' || type === 'string')) {
    const name = type === 'matrix' ? 'range vector' : 'string';
    throw new EvaluationError(`invalid expression type "${name}" for range query, must be Scalar or instant Vector`);
  }
}

function finish({ expr, type }: PreparedQuery, evaluator: Evaluator, state: QueryState): QueryResult {
  if (type === 'matrix') {
    const series = finishMatrix(evaluator.range(expr), evaluator.grid);
    return { kind: 'matrix', series, annotations: annotationsOf(state) };
  }
  const value = evaluator.evaluate(expr);
  if (value.kind === 'vector') {
    return { kind: 'vector', series: finishVector(value, evaluator.grid), annotations: annotationsOf(state) };
  }
  return { ...value, annotations: annotationsOf(state) };
}

/** Brackets within brackets are bounded by the parser; this is for what needs more of the stack than that bound allows for. */
function notTooDeep(evaluate: () => QueryResult): QueryResult {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('call stack')) {
      throw new EvaluationError('expression is nested too deeply', { cause: error });
    }
    throw error;
  }
}

function annotationsOf({ warnings, infos }: QueryState): Annotations {
  return { warnings: [...warnings].sort(), infos: [...infos].sort() };
}
