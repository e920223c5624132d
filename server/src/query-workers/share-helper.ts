import type { MessagePort } from 'node:worker_threads';
import { PromqlEngine } from '../promql/engine.ts';
import { SharedReader, type SharedReaderDeps } from '../storage/tsdb/shared-reader.ts';
import type { SharedSelection } from '../storage/tsdb/shared-selection.ts';
import { JobBudget } from './job-budget.ts';
import type { PointRooms } from './point-rooms.ts';
import { encodeError, type QueryJob, rangeOf, type WorkerStart } from './protocol.ts';
import { encodeShare, type ShareReply, shareBuffers, type WireShare } from './share-codec.ts';
import { ShareLostError } from './share-lost.ts';

/** One share of a query's selection. */
export interface ShareTask {
  /** The selection's number in the query. */
  readonly number: number;
  readonly selection: SharedSelection;
  /** Where the thread that asked waits for the one ShareReply. */
  readonly port: MessagePort;
}

export interface ShareHelperDeps {
  readonly job: QueryJob;
  readonly start: WorkerStart;
  /** Samples that all threads of the query have read: see JobBudget. */
  readonly spent: SharedArrayBuffer;
  readonly tables: SharedReaderDeps['tables'];
  readonly rooms: Pick<PointRooms, 'take'>;
  /** Called when an answer is there. */
  readonly shared: () => void;
}

/** Computes shares of another thread's query, one after the other. */
export class ShareHelper {
  readonly #deps: ShareHelperDeps;
  readonly #budget: JobBudget;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: ShareHelperDeps) {
    this.#deps = deps;
    this.#budget = new JobBudget(deps.job, { cancelled: deps.start.cancelled, spent: deps.spent });
  }

  add(task: ShareTask): void {
    this.#work = this.#work.then(async () => {
      const answer = await this.#answer(task);
      // First, so that the thread counts as free when the query ends.
      this.#deps.shared();
      reply(task.port, answer);
    });
  }

  /** Resolves once all shares have been answered. */
  finished(): Promise<void> {
    return this.#work;
  }

  async #answer(task: ShareTask): Promise<ShareReply> {
    try {
      return { answer: await this.#compute(task) };
    } catch (error) {
      return { error: encodeError(error) };
    }
  }

  async #compute({ number, selection }: ShareTask): Promise<WireShare> {
    const { job, start, tables, rooms } = this.#deps;
    const budget = this.#budget;
    const shared = new SharedReader({ resolve: async () => selection, tables, budget });
    const reader = {
      select: (wanted: Parameters<SharedReader['select']>[0]) => {
        return shared.select(wanted).then((samples) => {
          ShareLostError.unlessHot(wanted, tables.horizons);
          return samples;
        });
      },
    };
    const engine = new PromqlEngine({ ...start.engine, reader, now: () => budget.now() });
    const { expr, limits, lookbackMs } = job;
    const room = (points: number) => rooms.take(points);
    const options = { selection: number, room, signal: budget.signal, limits, ...(lookbackMs !== undefined && { lookbackMs }) };
    const answer = await engine.share(expr, rangeOf(job), options);
    const { refs } = selection;
    return encodeShare(answer, { refs, labels: tables.labels.of(refs, () => budget.checkpoint()) });
  }
}

function reply(port: MessagePort, message: ShareReply): void {
  port.postMessage(message, 'answer' in message ? shareBuffers(message.answer) : []);
  port.close();
}
