import { Worker } from 'node:worker_threads';
import { QueryCanceledError } from '../promql/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { SharedRequest, SharedSelection } from '../storage/tsdb/shared-selection.ts';
import { GroupSender, ownBuffers } from './group-handles.ts';
import {
  decodeError,
  encodeError,
  type FromWorker,
  type QueryJob,
  type ToWorker,
  type WireAnswer,
  type WorkerStart,
} from './protocol.ts';
import { QueryWorkerError } from './query-runner.ts';

/** What query workers need of the store whose rows they read. */
export interface SharedSource {
  /** The SQLite file that holds labels and blocks. */
  readonly databasePath: string;
  /** Where the rows of a selection are. */
  resolve(request: SharedRequest, signal: AbortSignal): Promise<SharedSelection>;
}

export interface QueryThreadDeps {
  readonly source: SharedSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: WorkerStart['engine'];
  /** Megabytes of V8 heap; a query that needs more ends its worker. Samples lie outside of it. */
  readonly maxHeapMb: number;
  /** The thread's program. */
  readonly program: URL;
  /** Called once when the thread has ended without having been told to. */
  readonly onCrash: (thread: QueryThread) => void;
}

interface Running {
  readonly job: QueryJob;
  readonly done: PromiseWithResolvers<WireAnswer>;
  /** Ends what the worker has asked of this thread. */
  readonly asks: AbortController;
  cancelTimer: () => void;
}

/** A worker sees a cancellation at its next checkpoint, some milliseconds away; one that does not is ended. */
const CANCEL_GRACE_MS = 1_000;
/** A worker keeps its job's time limit itself; one that is this much over it is ended. */
const TIMEOUT_GRACE_MS = 3_000;

const KEEP_GROUPS_MS = 15_000;

/** One worker thread and the one job it may have. */
export class QueryThread {
  readonly #deps: QueryThreadDeps;
  readonly #worker: Worker;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #running: Running | undefined;
  #hasEnded = false;
  readonly #groups = new GroupSender();
  #cancelForget: (() => void) | undefined;

  constructor(deps: QueryThreadDeps) {
    this.#deps = deps;
    const start: WorkerStart = {
      databasePath: deps.source.databasePath,
      cancelled: this.#cancelled.buffer,
      engine: deps.engine,
    };
    this.#worker = new Worker(deps.program, {
      name: 'tila-query',
      workerData: start,
      resourceLimits: { maxOldGenerationSizeMb: deps.maxHeapMb },
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (err) => this.#crashed(err));
    this.#worker.on('exit', (code) => this.#crashed(new Error(`exit code ${code}`)));
    // An idle worker keeps nobody from ending.
    this.#worker.unref();
  }

  get isIdle(): boolean {
    return this.#running === undefined && !this.#hasEnded;
  }

  /** Runs a job to its end. Only while idle. Rejects with promql's errors, or QueryWorkerError when the thread ends first. */
  run(job: QueryJob): Promise<WireAnswer> {
    const done = Promise.withResolvers<WireAnswer>();
    const overdue = () => this.#endOverdue(job, new QueryWorkerError('the query did not keep its time limit and was ended'));
    const cancelTimer = this.#deps.clock.after(job.limits.timeoutMs + TIMEOUT_GRACE_MS, overdue);
    this.#running = { job, done, asks: new AbortController(), cancelTimer };
    this.#worker.ref();
    this.#send({ kind: 'run', job });
    return done.promise;
  }

  /** Tells the worker that nobody waits for the job any more. The job's promise settles when the worker has stopped. */
  cancel(job: QueryJob): void {
    const running = this.#running;
    if (running?.job.id === job.id) {
      Atomics.store(this.#cancelled, 0, job.id);
      running.asks.abort(new QueryCanceledError('query was canceled'));
      running.cancelTimer();
      const overdue = () => this.#endOverdue(job, new QueryCanceledError('query was canceled'));
      running.cancelTimer = this.#deps.clock.after(CANCEL_GRACE_MS, overdue);
    }
  }

  /** Ends the thread; a job under way is rejected. */
  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelForget?.();
    this.#finish()?.done.reject(new QueryCanceledError('query was canceled: Tila is stopping'));
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'resolve':
        void this.#resolve(message.ask, message.request);
        return;
      case 'answered':
        this.#finish(message.job)?.done.resolve(message.answer);
        return;
      case 'failed': {
        const expr = this.#running?.job.expr ?? '';
        this.#finish(message.job)?.done.reject(decodeError(expr, message.error));
        return;
      }
      case 'log':
        this.#log(message.level, message.line);
        return;
    }
  }

  async #resolve(ask: number, request: SharedRequest): Promise<void> {
    const signal = this.#running?.asks.signal ?? AbortSignal.abort();
    try {
      const selection = await this.#deps.source.resolve(request, signal);
      this.#send({ kind: 'resolved', ask, selection: this.#groups.encode(selection) }, ownBuffers(selection));
      this.#forgetGroupsLater();
    } catch (error) {
      this.#send({ kind: 'refused', ask, error: encodeError(error) });
    }
  }

  #log(level: keyof Logger, [fields, text]: readonly unknown[]): void {
    this.#deps.logger[level]({ said: fields }, typeof text === 'string' ? text : 'a query worker says');
  }

  /** Arrays that groups have moved away from must not stay because a worker still has them. */
  #forgetGroupsLater(): void {
    this.#cancelForget ??= this.#deps.clock.after(KEEP_GROUPS_MS, () => {
      this.#cancelForget = undefined;
      this.#groups.forget();
      this.#send({ kind: 'forget groups' });
    });
  }

  #endOverdue(job: QueryJob, reason: Error): void {
    if (this.#running?.job.id === job.id) {
      this.#deps.logger.warn({ expr: job.expr }, 'a query did not stop in time; its worker is ended and replaced');
      this.#end(reason);
      void this.#worker.terminate();
    }
  }

  #crashed(err: unknown): void {
    if (!this.#hasEnded) {
      this.#deps.logger.error({ err, expr: this.#running?.job.expr }, 'a query worker has ended unexpectedly and is replaced');
      const text = err instanceof Error ? err.message : String(err);
      this.#end(new QueryWorkerError(`the worker that ran the query has ended (${text}); narrow the query or ask again`));
    }
  }

  #end(reason: Error): void {
    this.#hasEnded = true;
    this.#cancelForget?.();
    const running = this.#finish();
    this.#deps.onCrash(this);
    running?.done.reject(reason);
  }

  /** Takes the job off the thread, when it is the one named. */
  #finish(id = this.#running?.job.id): Running | undefined {
    const running = this.#running;
    if (running === undefined || running.job.id !== id) {
      return undefined;
    }
    this.#running = undefined;
    running.cancelTimer();
    running.asks.abort();
    this.#worker.unref();
    return running;
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
