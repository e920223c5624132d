import type { AnswerTimes } from './answer-times.ts';
import { BandReader, type BandReaderDeps, type WantedSeries } from './band-reader.ts';
import { RAW } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import { byTime, withAnyOf } from './block-walk.ts';
import type { Column } from './column.ts';
import { FoundRows } from './found-rows.ts';

export interface SampleRequest {
  readonly blocks: Pick<BlockStore, 'find' | 'has' | 'block'> & BandReaderDeps['blocks'];
  readonly metric: string;
  readonly series: readonly WantedSeries[];
  /** Both ends inclusive; `times` are made for the same. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly times: AnswerTimes;
}

/**
 * Reads the samples of series of one metric that have any in blocks, joined with those in memory; rows that are in both show once.
 * Yields the number of rows found, now and then. Compaction may replace blocks on the way: then what came in their place is read.
 */
export function* readSamples(request: SampleRequest): Generator<number, FoundRows> {
  const { blocks, metric, window } = request;
  const wanted = byRef(request.series);
  const refs = Float64Array.from(wanted, ({ ref }) => ref);
  const found: (Column | undefined)[] = [];
  const place = { kind: RAW, metric, ...window, minRef: refs[0] ?? 0, maxRef: refs[refs.length - 1] ?? -1 };
  const reader = new BandReader(request, wanted);
  const done = new Set<number>();
  for (let isGone = refs.length > 0 && window.fromMs <= window.toMs; isGone; ) {
    isGone = false;
    const unread = blocks.find(place).filter(({ id }) => !done.has(id));
    for (const { id } of byTime(withAnyOf(unread, refs))) {
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
  return new FoundRows(refs, found);
}

/** Series mostly come in the order of their refs. */
function byRef(series: readonly WantedSeries[]): readonly WantedSeries[] {
  return series.every(({ ref }, i) => i === 0 || ref >= (series[i - 1]?.ref ?? 0))
    ? series
    : series.toSorted((a, b) => a.ref - b.ref);
}

/** Joins what series have in memory in more than one column. Yields as `readSamples`. */
export function* joinHot(deps: BandReaderDeps, series: readonly WantedSeries[]): Generator<number, FoundRows> {
  const wanted = byRef(series);
  const reader = new BandReader(deps, wanted);
  for (const place of wanted.keys()) {
    reader.addHot(place);
  }
  const found: (Column | undefined)[] = [];
  yield* reader.finish(found);
  return new FoundRows(
    Float64Array.from(wanted, ({ ref }) => ref),
    found,
  );
}
