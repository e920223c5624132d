import type { MessagePort } from 'node:worker_threads';
import type { Selection, SeriesSamples } from '../model/series-store.ts';
import type { ShareAnswer, ShareAsk, SharedSamples, Sharing } from '../promql/shares.ts';
import { SharedReader, type SharedReaderDeps } from '../storage/tsdb/shared-reader.ts';
import type { SharedRequest, SharedSelection } from '../storage/tsdb/shared-selection.ts';
import type { JobBudget } from './job-budget.ts';
import type { PointRooms } from './point-rooms.ts';
import { decodeError } from './protocol.ts';
import { decodeShare, type ShareReply } from './share-codec.ts';
import { ShareLostError } from './share-lost.ts';

/** A selection of which others have taken shares: what is left, and where their answers will come. */
export interface SharedOut {
  readonly selection: SharedSelection;
  /** Series of the others. */
  readonly otherSeries: number;
  readonly ports: readonly MessagePort[];
}

export interface ShareAskerDeps {
  readonly expr: string;
  readonly resolve: (request: SharedRequest, ask?: ShareAsk) => Promise<SharedOut>;
  readonly tables: SharedReaderDeps['tables'];
  readonly rooms: Pick<PointRooms, 'take'>;
  readonly budget: JobBudget;
}

/** Reads selections of one query, of which other threads may take shares. */
export class ShareAsker implements Sharing {
  readonly #deps: ShareAskerDeps;

  constructor(deps: ShareAskerDeps) {
    this.#deps = deps;
  }

  readonly room: Sharing['room'] = (points) => this.#deps.rooms.take(points);

  async select(selection: Selection, ask: ShareAsk): Promise<SharedSamples> {
    const { tables } = this.#deps;
    const others: Promise<ShareAnswer>[] = [];
    const isHot = selection.fromMs >= tables.horizons.raw;
    const own = await this.#read(selection, async (request) => {
      const { selection: mine, otherSeries, ports } = await this.#deps.resolve(request, isHot ? ask : undefined);
      this.#deps.budget.countSeries(otherSeries);
      others.push(...ports.map((port) => this.#answer(port)));
      return mine;
    });
    if (others.length > 0) {
      ShareLostError.unlessHot(selection, tables.horizons);
    }
    return { own, others };
  }

  #read(selection: Selection, resolve: SharedReaderDeps['resolve']): Promise<readonly SeriesSamples[]> {
    const { tables, budget } = this.#deps;
    return new SharedReader({ resolve, tables, budget }).select(selection);
  }

  #answer(port: MessagePort): Promise<ShareAnswer> {
    const { expr, tables, budget } = this.#deps;
    const done = Promise.withResolvers<ShareAnswer>();
    port.on('message', (reply: ShareReply) => {
      if ('error' in reply) {
        done.reject(decodeShareError(expr, reply.error));
        return;
      }
      try {
        done.resolve(decodeShare(reply.answer, (refs) => tables.labels.of(refs, () => budget.checkpoint())));
      } catch (error) {
        done.reject(error);
      }
    });
    port.on('close', () => done.reject(new Error('the thread that computed a share of it has ended')));
    // Somebody may have given up before.
    done.promise.catch(() => undefined);
    return done.promise;
  }
}

function decodeShareError(expr: string, error: Parameters<typeof decodeError>[1]): Error {
  return error.name === 'ShareLostError' ? new ShareLostError(error.message) : decodeError(expr, error);
}
