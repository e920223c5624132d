import { MessageChannel, type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { QueryCanceledError } from '../promql/errors.ts';
import type { ShareAsk } from '../promql/shares.ts';
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
import type { SharedOut } from './share-asker.ts';
import { splitSelection } from './split-selection.ts';

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
  /** The work from which on a selection is shared, in points and samples to be looked at. */
  readonly minSharedWork: number;
  /** Idle threads for so much work of a query, none when it is not worth while. They are lent until `release`. */
  readonly borrow: (query: LentTo, work: number) => readonly QueryThread[];
}

/** A query that others help with. */
export interface LentTo {
  readonly job: QueryJob;
  /** See WorkerStart. */
  readonly spent: SharedArrayBuffer;
}

interface Running {
  readonly job: QueryJob;
  readonly resolve: (answer: WireAnswer | null) => void;
  readonly reject: (reason: Error) => void;
  /** Ends what the worker has asked of this thread. */
  readonly asks: AbortController;
  /** Threads that compute shares of the job. */
  helpers: readonly QueryThread[];
  /** Shares of the job that this thread is to compute. */
  shares: number;
  cancelTimer: () => void;
}

/** A worker sees a cancellation at its next checkpoint, some milliseconds away; one that does not is ended. */
const CANCEL_GRACE_MS = 1_000;
/** A worker keeps its job's time limit itself; one that is this much over it is ended. */
const TIMEOUT_GRACE_MS = 3_000;

const KEEP_GROUPS_MS = 15_000;

type ResolveMessage = Extract<FromWorker, { readonly kind: 'resolve' }>;

/** One worker thread and the one job it may have. */
export class QueryThread {
  readonly #deps: QueryThreadDeps;
  readonly #worker: Worker;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #spent = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  #isReady = false;
  #running: Running | undefined;
  #hasEnded = false;
  readonly #groups = new GroupSender();
  #cancelForget: (() => void) | undefined;

  constructor(deps: QueryThreadDeps) {
    this.#deps = deps;
    const start: WorkerStart = {
      databasePath: deps.source.databasePath,
      cancelled: this.#cancelled.buffer,
      spent: this.#spent,
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

  /** Whether it can help at once: it is idle, and its program has been loaded. */
  get canHelp(): boolean {
    return this.isIdle && this.#isReady;
  }

  /** Runs a job to its end. Only while idle. Rejects with promql's errors, or QueryWorkerError when the thread ends first. */
  async run(job: QueryJob): Promise<WireAnswer> {
    const answered = this.#begin(job);
    this.#send({ kind: 'run', job });
    const answer = await answered;
    if (answer === null) {
      throw new TypeError('a job of its own ended as if it were lent');
    }
    return answer;
  }

  /** Keeps the thread for shares of another's job until `release`. Only while idle. Resolves, or rejects, when it is over. */
  async help({ job, spent }: LentTo): Promise<void> {
    const released = this.#begin(job);
    this.#send({ kind: 'help', job, spent });
    await released;
  }

  /** Has a share computed. The answer comes to the port. */
  share(number: number, selection: SharedSelection): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const task = { number, selection: this.#groups.encode(selection), port: port2 };
    this.#send({ kind: 'share', task }, [...ownBuffers(selection), port2]);
    if (this.#running !== undefined) {
      this.#running.shares += 1;
    }
    this.#forgetGroupsLater();
    return port1;
  }

  /** The job that it helps with is over; what is still to be done of it is not needed. */
  release(job: QueryJob): void {
    const running = this.#running;
    if (running?.job.id !== job.id) {
      return;
    }
    this.#send({ kind: 'release', job: job.id });
    if (running.shares === 0) {
      this.#finish(job.id)?.resolve(null);
    } else {
      this.cancel(job);
    }
  }

  /** Tells the worker, and those who help it, that nobody waits for the job any more. Its promise settles when the worker has stopped. */
  cancel(job: QueryJob): void {
    const running = this.#running;
    if (running?.job.id === job.id) {
      Atomics.store(this.#cancelled, 0, job.id);
      running.asks.abort(new QueryCanceledError('query was canceled'));
      running.cancelTimer();
      const overdue = () => this.#endOverdue(job, new QueryCanceledError('query was canceled'));
      running.cancelTimer = this.#deps.clock.after(CANCEL_GRACE_MS, overdue);
      for (const helper of running.helpers) {
        helper.cancel(job);
      }
    }
  }

  /** Ends the thread; a job under way is rejected. */
  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelForget?.();
    this.#finish()?.reject(new QueryCanceledError('query was canceled: Tila is stopping'));
    await this.#worker.terminate();
  }

  #begin(job: QueryJob): Promise<WireAnswer | null> {
    const { promise, resolve, reject } = Promise.withResolvers<WireAnswer | null>();
    const overdue = () => this.#endOverdue(job, new QueryWorkerError('the query did not keep its time limit and was ended'));
    const cancelTimer = this.#deps.clock.after(job.limits.timeoutMs + TIMEOUT_GRACE_MS, overdue);
    this.#running = { job, resolve, reject, asks: new AbortController(), helpers: [], shares: 0, cancelTimer };
    this.#worker.ref();
    return promise;
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        return;
      case 'resolve':
        void this.#resolve(message);
        return;
      case 'answered':
        this.#finish(message.job)?.resolve(message.answer);
        return;
      case 'shared':
        if (this.#running?.job.id === message.job) {
          this.#running.shares -= 1;
        }
        return;
      case 'released':
        this.#finish(message.job)?.resolve(null);
        return;
      case 'failed': {
        const expr = this.#running?.job.expr ?? '';
        this.#finish(message.job)?.reject(decodeError(expr, message.error));
        return;
      }
      case 'log':
        this.#log(message.level, message.line);
        return;
    }
  }

  async #resolve({ ask, request, share }: ResolveMessage): Promise<void> {
    const running = this.#running;
    const signal = running?.asks.signal ?? AbortSignal.abort();
    try {
      const whole = await this.#deps.source.resolve(request, signal);
      const { selection, ports } = this.#shareOut(whole, share, running);
      const otherSeries = whole.refs.length - selection.refs.length;
      const handed = this.#groups.encode(selection);
      this.#send({ kind: 'resolved', ask, selection: handed, otherSeries, ports }, [...ownBuffers(selection), ...ports]);
      this.#forgetGroupsLater();
    } catch (error) {
      this.#send({ kind: 'refused', ask, error: encodeError(error) });
    }
  }

  /** The part of a selection that this thread's worker gets, and where the answers of those come from who got the others. */
  #shareOut(
    selection: SharedSelection,
    share: ShareAsk | undefined,
    running: Running | undefined,
  ): Omit<SharedOut, 'otherSeries'> {
    const series = selection.refs.length;
    if (share === undefined || running === undefined || running !== this.#running || series > share.maxSeries) {
      return { selection, ports: [] };
    }
    const work = series * share.workPerSeries;
    if (running.helpers.length === 0) {
      running.helpers = this.#deps.borrow({ job: running.job, spent: this.#spent }, work);
    }
    const helpers = work < this.#deps.minSharedWork ? [] : running.helpers;
    if (helpers.length === 0) {
      return { selection, ports: [] };
    }
    const [own = selection, ...others] = splitSelection(selection, { ownWeight: share.ownWeight, others: helpers.length });
    const ports = others.flatMap((part, i) => helpers[i]?.share(share.selection, part) ?? []);
    return { selection: own, ports };
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
    running?.reject(reason);
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
    for (const helper of running.helpers) {
      helper.release(running.job);
    }
    return running;
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
