import type { QueryLimits } from '../promql/engine.ts';
import { QueryCanceledError, QueryLimitError } from '../promql/errors.ts';
import type { ReadBudget } from '../storage/tsdb/shared-reader.ts';
import type { QueryJob } from './protocol.ts';

/** Memory that the threads of one job share with the one that started them. */
export interface JobSignals {
  /** One Int32: see WorkerStart. */
  readonly cancelled: SharedArrayBuffer;
  /** One BigInt64: the samples that all threads of the job have read. */
  readonly spent: SharedArrayBuffer;
}

/** Samples of which the other threads of a job need not know yet. */
const UNTOLD_SAMPLES = 65_536;

/** Keeps one job within its limits while it reads, and notices in shared memory when the job is cancelled. */
export class JobBudget implements ReadBudget {
  readonly #limits: QueryLimits;
  readonly #id: number;
  readonly #cancelled: Int32Array;
  readonly #cancel = new AbortController();
  readonly #deadlineMs: number;
  readonly #spent: BigInt64Array;
  #series = 0;
  #samples = 0;
  /** Those of `#samples` that are in `#spent`. */
  #told = 0;
  /** What the other threads had told when this one last looked. */
  #ofOthers = 0;

  constructor({ id, limits }: QueryJob, { cancelled, spent }: JobSignals) {
    this.#id = id;
    this.#limits = limits;
    this.#cancelled = new Int32Array(cancelled);
    this.#spent = new BigInt64Array(spent);
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
    if (this.#samples - this.#told > UNTOLD_SAMPLES) {
      this.#tell();
    }
    if (this.#samples + this.#ofOthers > this.#limits.maxSamples) {
      throw new QueryLimitError('samples', 'query processing would load too many samples into memory in query execution');
    }
  }

  #tell(): void {
    const fresh = BigInt(this.#samples - this.#told);
    this.#told = this.#samples;
    this.#ofOthers = Number(Atomics.add(this.#spent, 0, fresh) + fresh) - this.#told;
  }
}
