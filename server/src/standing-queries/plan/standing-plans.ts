import type { HotReader } from '../../model/hot-series.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { SeriesReader } from '../../model/series-store.ts';
import type { PreparedQuery, PromqlEngine, QueryResult } from '../../promql/engine.ts';
import type { InstantAnswer, Plan } from './plan.ts';
import { PlanCompiler } from './plan-compiler.ts';
import { PlanUnfitError, type Tick } from './plan-node.ts';
import { type OpenSelection, SelectorSource } from './selector-source.ts';

export interface StandingPlansDeps {
  readonly hot: HotReader;
  readonly reader: Pick<SeriesReader, 'select'>;
  readonly engine: Pick<PromqlEngine, 'instant'>;
  /** How far back an instant selector looks; the engine's. */
  readonly lookbackMs?: number;
  /** Samples from before the store's memory that may be kept for long windows, 16 bytes each. */
  readonly maxColdSamples?: number;
  /** Milliseconds that only rise, to tell how long evaluations take. */
  readonly now?: () => number;
}

/** How evaluations went since the start. */
export interface StandingPlanCounters {
  /** From the store's memory alone, with older samples beside it, and by the engine. */
  readonly evaluations: { readonly plan: number; readonly ownWindow: number; readonly fallback: number };
  /** Evaluations that threw, whatever their path. */
  readonly failures: number;
  /** Time spent evaluating plans. */
  readonly seconds: number;
  /** Rows read by plans' selectors, once for each evaluation that asked for them. */
  readonly rows: number;
  /** Times rows of a selection were looked up anew, because series came, went or moved. */
  readonly rebuilds: number;
  /** Plans and distinct nodes held now. */
  readonly plans: number;
  readonly nodes: number;
}

const MAX_COLD_SAMPLES = 8_000_000;
const MAX_PLANS = 10_000;
/** A plan nobody has asked for this long, in time evaluated, is forgotten. */
const IDLE_MS = 3_600_000;
/** Reading older samples and evaluating can cross a cut of the store; so often in a row means something else. */
const MOST_READS = 3;

interface Held {
  /** `null` where only the engine can evaluate. */
  readonly plan: Plan | null;
  /** One for each selector of the text. */
  readonly selections: readonly OpenSelection[];
  lastMs: number;
}

/**
 * Expressions evaluated again and again at one time each, as plans over the store's memory. Equal parts of all expressions are
 * computed once for each time. The answers are those of the engine, which evaluates what has no form as a plan.
 */
export class StandingPlans implements Disposable {
  readonly #deps: StandingPlansDeps;
  readonly #selectors: SelectorSource;
  readonly #compiler: PlanCompiler;
  readonly #held = new Map<string, Held>();
  #tick: Tick = { timeMs: Number.NaN, pass: 0 };
  #seenRevision = -1;
  #seenPlacement = -1;
  #counted = { plan: 0, ownWindow: 0, fallback: 0, failures: 0, ms: 0, rows: 0 };

  constructor(deps: StandingPlansDeps) {
    this.#deps = deps;
    const coldBudget = { maxSamples: deps.maxColdSamples ?? MAX_COLD_SAMPLES, samples: 0 };
    this.#selectors = new SelectorSource({ hot: deps.hot, reader: deps.reader, coldBudget });
    this.#compiler = new PlanCompiler(this.#selectors, deps.lookbackMs ?? 300_000);
  }

  get counters(): StandingPlanCounters {
    const { plan, ownWindow, fallback, failures, ms, rows } = this.#counted;
    return {
      evaluations: { plan, ownWindow, fallback },
      failures,
      seconds: ms / 1000,
      rows,
      rebuilds: this.#selectors.rebuilds,
      plans: this.#held.size,
      nodes: this.#compiler.size,
    };
  }

  /**
   * Evaluates at one time: at once when everything is in memory, which is the rule.
   * @throws promql's errors, at once or as a rejection; TypeError for a query that gives a range vector or a string
   */
  answer(query: PreparedQuery, atMs: number, signal?: AbortSignal): InstantAnswer | Promise<InstantAnswer> {
    const { plan } = this.#hold(query, atMs);
    if (plan === null) {
      return this.#fallBack(query, atMs, signal);
    }
    try {
      const reads = plan.prepare(atMs, signal);
      return reads === null
        ? this.#run(plan, atMs, 'plan')
        : this.#readFirst(reads, { query, plan, atMs, ...(signal !== undefined && { signal }) });
    } catch (error) {
      return this.#giveUp(error, query, { atMs, ...(signal !== undefined && { signal }) });
    }
  }

  /** `answer` in the engine's words. */
  evaluate(query: PreparedQuery, atMs: number, signal?: AbortSignal): QueryResult | Promise<QueryResult> {
    const answer = this.answer(query, atMs, signal);
    return answer instanceof Promise ? answer.then(toQueryResult) : toQueryResult(answer);
  }

  /** The sources that have written what the query reads, as far as they were known within the last minutes. */
  sourcesOf(query: PreparedQuery, nowMs: number): ReadonlySet<string> {
    const { selections } = this.#hold(query, nowMs);
    return new Set(selections.flatMap(({ watched }) => [...watched.sourcesAt(nowMs)]));
  }

  /** Whether any selector matches a series with a sample in memory within `(fromMs, toMs]`. */
  matchesSeries(query: PreparedQuery, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean {
    return this.#hold(query, toMs).selections.some(({ watched }) => watched.hasSampleIn(fromMs, toMs));
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.values()) {
      this.#release(held);
    }
    this.#held.clear();
  }

  async #readFirst(
    reads: Promise<unknown>,
    { query, plan, atMs, signal }: { query: PreparedQuery; plan: Plan; atMs: number; signal?: AbortSignal },
  ): Promise<InstantAnswer> {
    try {
      await reads;
      for (let i = 1; i < MOST_READS; i += 1) {
        const more = plan.prepare(atMs, signal);
        if (more === null) {
          this.#renew(atMs);
          return this.#run(plan, atMs, 'ownWindow');
        }
        await more;
      }
      throw new PlanUnfitError('what is in memory changes faster than it can be read');
    } catch (error) {
      return this.#giveUp(error, query, { atMs, ...(signal !== undefined && { signal }) });
    }
  }

  #run(plan: Plan, atMs: number, path: 'plan' | 'ownWindow'): InstantAnswer {
    const startMs = this.#deps.now?.() ?? 0;
    const result = plan.evaluate(this.#tickAt(atMs));
    this.#counted[path] += 1;
    this.#counted.rows += plan.rows;
    this.#counted.ms += (this.#deps.now?.() ?? 0) - startMs;
    return result;
  }

  /** The engine takes over what turns out to be unfit; every other error is the answer. */
  #giveUp(
    error: unknown,
    query: PreparedQuery,
    { atMs, signal }: { atMs: number; signal?: AbortSignal },
  ): Promise<InstantAnswer> {
    if (error instanceof PlanUnfitError) {
      return this.#fallBack(query, atMs, signal);
    }
    this.#counted.failures += 1;
    throw error;
  }

  async #fallBack(query: PreparedQuery, atMs: number, signal: AbortSignal | undefined): Promise<InstantAnswer> {
    this.#counted.fallback += 1;
    return toAnswer(await this.#deps.engine.instant(query, atMs, signal === undefined ? {} : { signal }));
  }

  #tickAt(timeMs: number): Tick {
    const { revision, placement } = this.#deps.hot;
    if (timeMs !== this.#tick.timeMs || revision !== this.#seenRevision || placement !== this.#seenPlacement) {
      this.#seenRevision = revision;
      this.#seenPlacement = placement;
      this.#renew(timeMs);
    }
    return this.#tick;
  }

  #renew(timeMs: number): void {
    this.#tick = { timeMs, pass: this.#tick.pass + 1 };
  }

  #hold(query: PreparedQuery, atMs: number): Held {
    const known = this.#held.get(query.text);
    if (known !== undefined) {
      known.lastMs = atMs;
      return known;
    }
    this.#forgetIdle(atMs);
    const selections = query.selectors.map((matchers: readonly Matcher[]) => this.#selectors.open(matchers, 0));
    const held: Held = { plan: this.#compiler.compile(query), selections, lastMs: atMs };
    this.#held.set(query.text, held);
    return held;
  }

  #forgetIdle(nowMs: number): void {
    const isFull = this.#held.size >= MAX_PLANS;
    for (const [text, held] of this.#held) {
      if (isFull || Math.abs(nowMs - held.lastMs) > IDLE_MS) {
        this.#held.delete(text);
        this.#release(held);
      }
    }
  }

  #release({ plan, selections }: Held): void {
    for (const selection of selections) {
      this.#selectors.close(selection);
    }
    if (plan !== null) {
      this.#compiler.release(plan);
    }
  }
}

function toAnswer(result: QueryResult): InstantAnswer {
  const { annotations } = result;
  switch (result.kind) {
    case 'scalar':
      return { kind: 'scalar', value: result.values[0] ?? Number.NaN, annotations };
    case 'vector': {
      const values = Float64Array.from(result.series, (series) => series.values[0] ?? Number.NaN);
      return { kind: 'vector', labels: result.series.map(({ labels }) => labels), values, annotations };
    }
    default:
      throw new TypeError(`a standing query gives an instant vector or a scalar, not a ${result.kind}`);
  }
}

function toQueryResult(answer: InstantAnswer): QueryResult {
  if (answer.kind === 'scalar') {
    return { kind: 'scalar', values: Float64Array.of(answer.value), annotations: answer.annotations };
  }
  const { labels, values, annotations } = answer;
  const series = labels.map((each, index) => ({ labels: each, values: values.subarray(index, index + 1) }));
  return { kind: 'vector', series, annotations };
}
