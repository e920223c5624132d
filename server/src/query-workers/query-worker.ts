// The program of a query worker's thread.
import { readlinkSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PromqlEngine, type QueryResult } from '../promql/engine.ts';
import type { ShareAsk, Sharing } from '../promql/shares.ts';
import type { Logger } from '../runtime/logger.ts';
import { SharedReader } from '../storage/tsdb/shared-reader.ts';
import type { SharedRequest } from '../storage/tsdb/shared-selection.ts';
import { SharedTables } from '../storage/tsdb/shared-tables.ts';
import { withinBytes } from './answer-bytes.ts';
import { instantAnswer, rangeAnswer, shapeOf } from './answer-json.ts';
import { GroupReceiver } from './group-handles.ts';
import { JobBudget } from './job-budget.ts';
import { PointRooms } from './point-rooms.ts';
import {
  decodeError,
  encodeError,
  encodeResult,
  type FromWorker,
  type QueryJob,
  rangeOf,
  type ToWorker,
  transferable,
  type WireAnswer,
  type WorkerStart,
} from './protocol.ts';
import { ShareAsker, type SharedOut } from './share-asker.ts';
import { ShareHelper } from './share-helper.ts';
import { ShareLostError } from './share-lost.ts';

/** A third of the share that the main thread has; less would starve queries beside other programs. */
const NICENESS = 5;

/** An idle worker gives back memory it only keeps for the next query. */
const REST_AFTER_MS = 120_000;

/** Answers one job at a time; what it reads from the database stays for the next. */
class QueryWorker {
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #tables: SharedTables;
  readonly #asked = new Map<number, PromiseWithResolvers<SharedOut>>();
  readonly #groups = new GroupReceiver();
  readonly #rooms = new PointRooms();
  #helper: ShareHelper | undefined;
  #nextAsk = 1;
  #rest: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, start: WorkerStart) {
    this.#port = port;
    this.#start = start;
    this.#tables = new SharedTables(start.databasePath, this.#logger());
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'run':
        void this.#run(message.job);
        return;
      case 'resolved': {
        const { ask, selection, ...others } = message;
        this.#settle(ask).resolve({ ...others, selection: this.#groups.decode(selection) });
        return;
      }
      case 'help': {
        const { job, spent } = message;
        const shared = () => this.#send({ kind: 'shared', job: job.id });
        this.#helper = new ShareHelper({ job, spent, start: this.#start, tables: this.#tables, rooms: this.#rooms, shared });
        return;
      }
      case 'share': {
        const { selection, ...task } = message.task;
        this.#helper?.add({ ...task, selection: this.#groups.decode(selection) });
        return;
      }
      case 'release':
        void this.#release(message.job);
        return;
      case 'forget groups':
        this.#groups.forget();
        return;
      case 'refused':
        this.#settle(message.ask).reject(decodeError('', message.error));
        return;
    }
  }

  async #run(job: QueryJob): Promise<void> {
    try {
      const answer = await this.#answer(job);
      this.#send({ kind: 'answered', job: job.id, answer }, transferable(answer));
    } catch (error) {
      this.#send({ kind: 'failed', job: job.id, error: encodeError(error) });
    } finally {
      // What was sent is copies.
      this.#answered();
    }
  }

  async #release(job: number): Promise<void> {
    await this.#helper?.finished();
    this.#helper = undefined;
    this.#answered();
    this.#send({ kind: 'released', job });
  }

  /** Nobody looks any more at what was read or computed for a job. */
  #answered(): void {
    this.#rooms.takeBack();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#takeRest(), REST_AFTER_MS).unref();
  }

  #takeRest(): void {
    this.#tables.rest();
    this.#rooms.clear();
  }

  async #answer(job: QueryJob): Promise<WireAnswer> {
    const { time, form } = job;
    const startedAt = performance.now();
    const budget = this.#budget(job);
    const result = await this.#evaluate(job, budget);
    const { maxAnswerBytes: maxBytes } = job.limits;
    if (form === 'result') {
      return { result: encodeResult(withinBytes(result, maxBytes)) };
    }
    const shape = shapeOf(job, startedAt, { maxBytes, checkpoint: () => budget.checkpoint() });
    return { json: 'atMs' in time ? instantAnswer(result, time.atMs, shape) : rangeAnswer(result, time, shape) };
  }

  /** The first look at a job: nothing of it has been read yet. */
  #budget(job: QueryJob): JobBudget {
    Atomics.store(new BigInt64Array(this.#start.spent), 0, 0n);
    return new JobBudget(job, this.#start);
  }

  async #evaluate(job: QueryJob, budget: JobBudget): Promise<QueryResult> {
    const resolve = (request: SharedRequest, share?: ShareAsk) => this.#ask(request, share);
    const sharing = new ShareAsker({ expr: job.expr, resolve, tables: this.#tables, rooms: this.#rooms, budget });
    try {
      return await this.#evaluateWith(job, budget, sharing);
    } catch (error) {
      if (error instanceof ShareLostError) {
        return this.#evaluateWith(job, this.#budget(job));
      }
      throw error;
    }
  }

  #evaluateWith(job: QueryJob, budget: JobBudget, sharing?: Sharing): Promise<QueryResult> {
    const { expr, limits, lookbackMs } = job;
    const resolve = async (request: SharedRequest) => (await this.#ask(request)).selection;
    const reader = new SharedReader({ resolve, tables: this.#tables, budget });
    const engine = new PromqlEngine({ ...this.#start.engine, reader, now: () => budget.now(), ...(sharing && { sharing }) });
    const options = { signal: budget.signal, limits, ...(lookbackMs !== undefined && { lookbackMs }) };
    return engine.evaluate(expr, rangeOf(job), options);
  }

  #ask(request: SharedRequest, share?: ShareAsk): Promise<SharedOut> {
    const ask = this.#nextAsk;
    this.#nextAsk += 1;
    const asked = Promise.withResolvers<SharedOut>();
    this.#asked.set(ask, asked);
    this.#send({ kind: 'resolve', ask, request, ...(share && { share }) });
    return asked.promise;
  }

  #settle(ask: number): Pick<PromiseWithResolvers<SharedOut>, 'resolve' | 'reject'> {
    const asked = this.#asked.get(ask);
    this.#asked.delete(ask);
    return asked ?? { resolve: () => undefined, reject: () => undefined };
  }

  /** Log lines are written by the thread that owns the log. */
  #logger(): Logger {
    const tell =
      (level: keyof Logger) =>
      (...line: readonly unknown[]): void =>
        this.#send({ kind: 'log', level, line: line.map(cloneable) });
    return { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
  }

  #send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** Log fields are plain but for errors, whose own fields may be anything. */
function cloneable(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) {
    return part;
  }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, value instanceof Error ? String(value) : value]));
}

/** Requests, ingest and rules come first where cores are short. Linux counts niceness by thread; elsewhere nothing changes. */
function giveWay(): void {
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(thread), NICENESS);
  } catch {
    // Not Linux, or not allowed: the queries run all the same.
  }
}

if (parentPort === null) {
  throw new Error('query-worker.ts is the program of a worker thread; start it through QueryWorkers');
}
giveWay();
// QueryThread sends exactly this.
const worker = new QueryWorker(parentPort, workerData as WorkerStart);
parentPort.on('message', (message: ToWorker) => worker.receive(message));
parentPort.postMessage({ kind: 'ready' } satisfies FromWorker);
// A thread that is ended would not keep what it compiled.
flushCompileCache();
