import type { AnswerTimes } from './answer-times.ts';
import { BandReader, type BandReaderDeps, type WantedSeries } from './band-reader.ts';
import { RAW } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import { bandsOf, withAnyOf } from './block-walk.ts';
import type { Column } from './column.ts';
import type { Slabs } from './slab.ts';

export interface SampleRequest {
  readonly blocks: Pick<BlockStore, 'find' | 'has' | 'block'> & BandReaderDeps['blocks'];
  readonly metric: string;
  readonly series: readonly WantedSeries[];
  /** Both ends inclusive; `times` are made for the same. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly times: AnswerTimes;
  readonly slabs: Slabs;
}

/**
 * Reads the samples of series of one metric that have any in blocks, joined with those in memory; rows that are in both show once.
 * Yields the number of rows read, now and then. Compaction may replace blocks on the way: then what came in their place is read.
 */
export function* readSamples(request: SampleRequest): Generator<number, ReadonlyMap<number, Column>> {
  const { blocks, metric, window } = request;
  const found = new Map<number, Column>();
  const wanted = request.series.toSorted((a, b) => a.ref - b.ref);
  const refs = Float64Array.from(wanted, ({ ref }) => ref);
  const place = { kind: RAW, metric, ...window, minRef: refs[0] ?? 0, maxRef: refs[refs.length - 1] ?? -1 };
  const reader = new BandReader(request, wanted);
  const done = new Set<number>();
  for (let isGone = refs.length > 0 && window.fromMs <= window.toMs; isGone; ) {
    isGone = false;
    const unread = blocks.find(place).filter(({ id }) => !done.has(id));
    for (const band of bandsOf(withAnyOf(unread, refs))) {
      for (const { id } of band) {
        done.add(id);
        const block = blocks.block(id);
        isGone ||= block === undefined && !blocks.has(id);
        if (block !== undefined) {
          reader.add(id, block);
        }
        yield 0;
      }
      yield* reader.finish(found);
    }
  }
  return found;
}

/** Joins what series have in memory in more than one column. Yields as `readSamples`. */
export function* joinHot(deps: BandReaderDeps, series: readonly WantedSeries[]): Generator<number, ReadonlyMap<number, Column>> {
  const reader = new BandReader(deps, series);
  for (const place of series.keys()) {
    reader.addHot(place);
  }
  const found = new Map<number, Column>();
  yield* reader.finish(found);
  return found;
}
