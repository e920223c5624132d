import { availableParallelism } from 'node:os';
import {
  DEFAULT_QUERY_LIMITS,
  type EvaluationOptions,
  type EvaluationRange,
  type QueryLimits,
  type QueryResult,
} from '../promql/engine.ts';
import { QueryCanceledError } from '../promql/errors.ts';
import { decodeResult, type QueryJob, type WireAnswer } from './protocol.ts';
import { type AnswerOptions, QueryQueueFullError, type QueryRunner } from './query-runner.ts';
import { type LentTo, QueryThread, type QueryThreadDeps } from './query-thread.ts';

export interface QueryWorkersDeps extends Pick<QueryThreadDeps, 'source' | 'clock' | 'logger'> {
  readonly engine?: QueryThreadDeps['engine'];
  /** Threads at most; one less than there are cores, but 1 to 4, unless given: a core is left for everything else. */
  readonly workers?: number;
  /**
   * Threads beside these that only compute shares of large queries, each started when it is first wanted and ended when it has not
   * been for some minutes; as many as there are cores left, but 3 at most, unless given.
   */
  readonly helpers?: number;
  /** Points and samples to be looked at from which on a selection is shared: 400,000 unless given, some milliseconds of work. */
  readonly minSharedWork?: number;
  /** Queries that may wait for a thread, 64 unless given. */
  readonly queue?: number;
  /** Limits of every query that brings none of its own. */
  readonly limits?: Partial<QueryLimits>;
  /** 1,024 unless given. */
  readonly maxHeapMb?: number;
  /** What the threads run; only tests bring their own. */
  readonly program?: URL;
}

/** Since the start, but for `waiting`, `running`, `threads` and `helping`. */
export interface QueryWorkersStats {
  readonly queries: number;
  /** Time spent by workers on queries. */
  readonly seconds: number;
  readonly waiting: number;
  /** Queries, not threads. */
  readonly running: number;
  /** Queries of which other threads have computed shares. */
  readonly shared: number;
  readonly threads: number;
  /** Threads that are lent to a query of another. */
  readonly helping: number;
  readonly cancelled: number;
  /** Turned away because too many waited. */
  readonly rejected: number;
  /** Workers that ended unexpectedly or had to be ended. */
  readonly crashed: number;
}

interface Waiting {
  readonly job: QueryJob;
  readonly signal: AbortSignal | undefined;
  readonly done: PromiseWithResolvers<WireAnswer>;
}

const MAX_WORKERS_BY_DEFAULT = 4;
const MAX_HELPERS = 3;
const MIN_SHARED_WORK = 400_000;
/** An idle thread holds some 40 MB. */
const END_IDLE_AFTER_MS = 180_000;
const PROGRAM = new URL('./query-worker.ts', import.meta.url);

/** Runs ad-hoc queries in threads, each started when it is first needed, so that they hold up neither ingest nor requests. */
export class QueryWorkers implements QueryRunner, AsyncDisposable {
  readonly #deps: QueryWorkersDeps;
  readonly #limits: QueryLimits;
  readonly #size: number;
  readonly #threads = new Set<QueryThread>();
  readonly #waiting: Waiting[] = [];
  readonly #helpers: number;
  readonly #counters = { queries: 0, seconds: 0, cancelled: 0, rejected: 0, crashed: 0, shared: 0 };
  /** Queries that are in a thread of their own. */
  #running = 0;
  #cancelTrim: (() => void) | undefined;
  #nextId = 1;
  #isStopped = false;

  constructor(deps: QueryWorkersDeps) {
    this.#deps = deps;
    this.#limits = { ...DEFAULT_QUERY_LIMITS, ...deps.limits };
    const cores = availableParallelism();
    this.#size = deps.workers ?? Math.max(1, Math.min(MAX_WORKERS_BY_DEFAULT, cores - 1));
    this.#helpers = deps.helpers ?? Math.max(0, Math.min(MAX_HELPERS, cores - this.#size));
  }

  get stats(): QueryWorkersStats {
    const threads = [...this.#threads];
    const helping = threads.filter(({ isIdle }) => !isIdle).length - this.#running;
    return { ...this.#counters, waiting: this.#waiting.length, running: this.#running, threads: threads.length, helping };
  }

  /** Starts the first thread ahead of the first query. */
  warmUp(): void {
    if (this.#threads.size === 0) {
      this.#start();
    }
  }

  async instant(expr: string, atMs: number, options?: EvaluationOptions): Promise<QueryResult> {
    return resultOf(await this.#run({ expr, time: { atMs }, form: 'result' }, options));
  }

  async range(expr: string, range: EvaluationRange, options?: EvaluationOptions): Promise<QueryResult> {
    return resultOf(await this.#run({ expr, time: range, form: 'result' }, options));
  }

  async instantJson(expr: string, atMs: number, options?: AnswerOptions): Promise<Uint8Array> {
    return jsonOf(await this.#run({ expr, time: { atMs }, form: 'json' }, options));
  }

  async rangeJson(expr: string, range: EvaluationRange, options?: AnswerOptions): Promise<Uint8Array> {
    return jsonOf(await this.#run({ expr, time: range, form: 'json' }, options));
  }

  /** Ends every thread. What runs or waits is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#cancelTrim?.();
    for (const { done } of this.#waiting.splice(0)) {
      done.reject(new QueryCanceledError('query was canceled: Tila is stopping'));
    }
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
    this.#threads.clear();
  }

  #run(query: Pick<QueryJob, 'expr' | 'time' | 'form'>, options: AnswerOptions = {}): Promise<WireAnswer> {
    const { signal, limits, ...rest } = options;
    if (signal?.aborted === true || this.#isStopped) {
      return Promise.reject(new QueryCanceledError('query was canceled', { cause: signal?.reason }));
    }
    const job: QueryJob = {
      id: this.#nextId,
      ...query,
      ...rest,
      limits: { ...this.#limits, ...limits },
    };
    this.#nextId += 1;
    const done = Promise.withResolvers<WireAnswer>();
    return this.#enqueue({ job, signal, done });
  }

  #enqueue(waiting: Waiting): Promise<WireAnswer> {
    const thread = this.#idleThread();
    if (thread !== undefined) {
      void this.#runOn(thread, waiting);
    } else if (this.#waiting.length >= (this.#deps.queue ?? 64)) {
      this.#counters.rejected += 1;
      return Promise.reject(new QueryQueueFullError(this.#waiting.length));
    } else {
      this.#waiting.push(waiting);
      waiting.signal?.addEventListener('abort', () => this.#forget(waiting), { once: true });
    }
    return waiting.done.promise;
  }

  /** A query that still waits leaves the queue. */
  #forget(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at !== -1) {
      this.#waiting.splice(at, 1);
      this.#counters.cancelled += 1;
      waiting.done.reject(new QueryCanceledError('query was canceled', { cause: waiting.signal?.reason }));
    }
  }

  /** A thread for a query of its own, if it may run now. */
  #idleThread(): QueryThread | undefined {
    if (this.#running >= this.#size) {
      return undefined;
    }
    const idle = [...this.#threads].find((thread) => thread.isIdle);
    return idle ?? (this.#threads.size < this.#size + this.#helpers ? this.#start() : undefined);
  }

  #start(): QueryThread {
    const { source, clock, logger, engine = {}, maxHeapMb = 1_024, program = PROGRAM } = this.#deps;
    const { minSharedWork = MIN_SHARED_WORK } = this.#deps;
    const onCrash = (ended: QueryThread): void => {
      this.#threads.delete(ended);
      this.#counters.crashed += 1;
    };
    const borrow = (query: LentTo, work: number) => this.#lend(query, work);
    const thread = new QueryThread({ source, clock, logger, engine, maxHeapMb, program, onCrash, minSharedWork, borrow });
    this.#threads.add(thread);
    return thread;
  }

  /** Threads with nothing better to do. One that must be started first is there for the next query. */
  #lend(query: LentTo, work: number): readonly QueryThread[] {
    const minWork = this.#deps.minSharedWork ?? MIN_SHARED_WORK;
    // So many threads always stay for queries that come meanwhile.
    const free = this.#helpers - this.stats.helping;
    const wanted = Math.min(free, MAX_HELPERS, Math.floor((2 * work) / minWork) - 1);
    if (this.#isStopped || wanted <= 0 || this.#waiting.length > 0) {
      return [];
    }
    const helpers = [...this.#threads].filter((thread) => thread.canHelp).slice(0, wanted);
    if (helpers.length < wanted && this.#threads.size < this.#size + this.#helpers) {
      this.#start();
    }
    for (const helper of helpers) {
      void this.#keepLent(helper, query);
    }
    this.#counters.shared += helpers.length > 0 ? 1 : 0;
    return helpers;
  }

  async #keepLent(helper: QueryThread, query: LentTo): Promise<void> {
    try {
      await helper.help(query);
    } catch {
      // The thread has ended, which has been told where it happened, and the query that it helped with fails.
    } finally {
      this.#trimLater();
      this.#next();
    }
  }

  /** Ends threads above the number of queries at a time once nobody has wanted their help for a while. */
  #trimLater(): void {
    this.#cancelTrim?.();
    if (this.#isStopped) {
      return;
    }
    this.#cancelTrim = this.#deps.clock.after(END_IDLE_AFTER_MS, () => {
      const idle = [...this.#threads].filter((thread) => thread.isIdle).reverse();
      for (const thread of idle.slice(0, this.#threads.size - this.#size)) {
        this.#threads.delete(thread);
        void thread.stop();
      }
    });
  }

  async #runOn(thread: QueryThread, { job, signal, done }: Waiting): Promise<void> {
    const startedAt = performance.now();
    this.#running += 1;
    const leave = (): void => {
      this.#counters.cancelled += 1;
      thread.cancel(job);
      // The one who asked has left; the thread is free once it has noticed.
      done.reject(new QueryCanceledError('query was canceled', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      done.resolve(await thread.run(job));
    } catch (error) {
      done.reject(error);
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#running -= 1;
      this.#counters.queries += 1;
      this.#counters.seconds += (performance.now() - startedAt) / 1000;
      this.#next();
    }
  }

  #next(): void {
    while (!this.#isStopped && this.#waiting.length > 0) {
      const thread = this.#idleThread();
      const waiting = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || waiting === undefined) {
        return;
      }
      void this.#runOn(thread, waiting);
    }
  }
}

function resultOf(answer: WireAnswer): QueryResult {
  if ('json' in answer) {
    throw new TypeError('asked for a result, got JSON');
  }
  return decodeResult(answer.result);
}

function jsonOf(answer: WireAnswer): Uint8Array {
  if ('result' in answer) {
    throw new TypeError('asked for JSON, got a result');
  }
  return answer.json;
}
