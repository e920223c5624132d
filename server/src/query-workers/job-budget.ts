import type { QueryLimits } from '../promql/engine.ts';
import { QueryCanceledError, QueryLimitError } from '../promql/errors.ts';
import type { ReadBudget } from '../storage/tsdb/shared-reader.ts';
import type { QueryJob } from './protocol.ts';

/** Keeps one job within its limits while it reads, and notices in shared memory when the job is cancelled. */
export class JobBudget implements ReadBudget {
  readonly #limits: QueryLimits;
  readonly #id: number;
  readonly #cancelled: Int32Array;
  readonly #cancel = new AbortController();
  readonly #deadlineMs: number;
  #series = 0;
  #samples = 0;

  constructor({ id, limits }: QueryJob, cancelled: Int32Array) {
    this.#id = id;
    this.#limits = limits;
    this.#cancelled = cancelled;
    this.#deadlineMs = Date.now() + limits.timeoutMs;
  }

  /** Aborted once `now` or `checkpoint` has seen the cancellation. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Epoch milliseconds. The engine asks for the time at each of its checkpoints, which is when cancellation is looked for. */
  now(): number {
    if (Atomics.load(this.#cancelled, 0) === this.#id) {
      this.#cancel.abort();
    }
    return Date.now();
  }

  checkpoint(): void {
    if (this.now() > this.#deadlineMs) {
      throw new QueryLimitError('time', `query timed out after ${this.#limits.timeoutMs / 1000} s`);
    }
    if (this.signal.aborted) {
      throw new QueryCanceledError('query was canceled');
    }
  }

  countSeries(series: number): void {
    this.#series += series;
    const { maxSeries } = this.#limits;
    if (this.#series > maxSeries) {
      throw new QueryLimitError('series', `query reads ${this.#series} series, more than the limit of ${maxSeries}`);
    }
  }

  countSamples(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.#limits.maxSamples) {
      throw new QueryLimitError('samples', 'query processing would load too many samples into memory in query execution');
    }
  }
}
