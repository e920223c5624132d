import type { Labels } from '../../model/labels.ts';
import type { MetricMetadata, Selection, SeriesSamples } from '../../model/series-store.ts';
import type { ArchivedOne, ArchivedSeries } from './archived-series.ts';
import type { BlockStore } from './block-store.ts';
import { type ColdRequest, type ColdSeries, joined, readCold, readPresent, sampleWindow, withHot } from './cold-reader.ts';
import { type Column, EMPTY_COLUMN } from './column.ts';
import { ColumnJoiner } from './column-joiner.ts';
import type { HorizonTimes } from './horizons.ts';
import type { MemorySeries } from './memory-series.ts';
import { isCounterMetric } from './rollup.ts';
import type { SeriesIndex } from './series-index.ts';
import { TimeSlice } from './time-slice.ts';

export interface SelectionReaderDeps {
  readonly index: SeriesIndex;
  readonly archived: ArchivedSeries;
  readonly blocks: BlockStore;
  readonly horizons: HorizonTimes;
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
}

interface Found {
  readonly series: MemorySeries;
  /** What the head had when the read began; it stays true while blocks are read and the head is cut. */
  readonly hot: Column;
}

/** What stays the same during one read: a read that takes long must not look on both sides of a horizon that moves meanwhile. */
interface Read {
  readonly selection: Selection;
  readonly horizons: HorizonTimes;
  readonly joiner: ColumnJoiner;
  readonly slice: TimeSlice;
}

/** Answers selections from head and blocks. What it sees is the store as it was when the call was made. */
export class SelectionReader {
  readonly #deps: SelectionReaderDeps;

  constructor(deps: SelectionReaderDeps) {
    this.#deps = deps;
  }

  async select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]> {
    signal?.throwIfAborted();
    const found = this.#hot(selection);
    const read = this.#begin(selection, signal);
    const cut = found.filter(({ series }) => series.cut.newestMs >= selection.fromMs).map(({ series }) => series);
    const cold = await this.#cold(cut, read);
    const archived = await this.#archived(read);
    const result: SeriesSamples[] = [];
    for (const { series, hot } of found) {
      const parts = cold.get(series.ref);
      const samples = parts === undefined ? hot : withHot(parts, hot, read);
      const whole = joined([takeFrom(archived, series.labels.key), samples]) ?? samples;
      if (whole.timestamps.length > 0) {
        result.push({ labels: series.labels, ...whole });
      }
    }
    return [...result, ...archived.values()];
  }

  /** The label sets that have a row in the window. */
  async series(selection: Selection): Promise<readonly Labels[]> {
    const matching = this.#deps.index.matching(selection.matchers);
    const present = new Map<string, Labels>();
    const undecided: ArchivedOne[] = [];
    for (const series of matching) {
      if (series.hasRowIn(selection.fromMs, selection.toMs)) {
        present.set(series.labels.key, series.labels);
      } else if (series.cut.newestMs >= selection.fromMs) {
        undecided.push(series);
      }
    }
    const read = this.#begin(selection);
    undecided.push(...(await this.#archivedMatching(read)));
    for (const [metric, ofMetric] of Map.groupBy(undecided, ({ labels }) => labels.metricName)) {
      const found = await paced(readPresent({ ...this.#request(metric, ofMetric, read), blocks: this.#deps.blocks }), read.slice);
      for (const { labels } of ofMetric.filter(({ ref }) => found.has(ref))) {
        present.set(labels.key, labels);
      }
    }
    return [...present.values()];
  }

  /** Every series that matches, whether it has rows in the window or not; the archived ones too where the window reaches them. */
  stored(selection: Selection): readonly ArchivedOne[] {
    const { archived, horizons, index } = this.#deps;
    const old = selection.fromMs < horizons.raw ? [...archived.matching(selection.matchers, selection.fromMs)].flat() : [];
    return [...index.matching(selection.matchers), ...old];
  }

  #hot(selection: Selection): readonly Found[] {
    const { fromMs, toMs } = selection;
    return this.#deps.index.matching(selection.matchers).map((series) => ({ series, hot: series.window(fromMs, toMs) }));
  }

  #begin(selection: Selection, signal?: AbortSignal): Read {
    const { raw, fiveMinutes } = this.#deps.horizons;
    const horizons = { raw, fiveMinutes };
    const slice = new TimeSlice(this.#deps.closing, signal);
    return { selection, horizons, slice, joiner: new ColumnJoiner(sampleWindow(selection, horizons)) };
  }

  async #cold(series: readonly ArchivedOne[], read: Read): Promise<ReadonlyMap<number, ColdSeries>> {
    const cold = new Map<number, ColdSeries>();
    for (const [metric, ofMetric] of Map.groupBy(series, ({ labels }) => labels.metricName)) {
      const found = await paced(readCold(this.#request(metric, ofMetric, read)), read.slice);
      for (const [ref, samples] of found) {
        cold.set(ref, samples);
      }
    }
    return cold;
  }

  #request(metric: string, series: readonly ArchivedOne[], { selection, horizons, joiner }: Read): ColdRequest {
    const { blocks, metadata } = this.#deps;
    const isCounter = isCounterMetric(metric, metadata.get(metric));
    return { blocks, horizons, joiner, metric, isCounter, selection, refs: new Set(series.map(({ ref }) => ref)) };
  }

  /** By key: a series that came back since has the same labels under another ref, as may several archived ones. */
  async #archived(read: Read): Promise<Map<string, SeriesSamples>> {
    const series = await this.#archivedMatching(read);
    const cold = await this.#cold(series, read);
    const byKey = new Map<string, SeriesSamples>();
    for (const { ref, labels } of series) {
      const parts = cold.get(ref);
      const samples = joined([byKey.get(labels.key), parts && withHot(parts, EMPTY_COLUMN, read)]);
      if (samples !== undefined && samples.timestamps.length > 0) {
        byKey.set(labels.key, { ...samples, labels });
      }
    }
    return byKey;
  }

  async #archivedMatching({ selection, horizons, slice }: Read): Promise<readonly ArchivedOne[]> {
    const found: ArchivedOne[] = [];
    if (selection.fromMs < horizons.raw) {
      for (const page of this.#deps.archived.matching(selection.matchers, selection.fromMs)) {
        found.push(...page);
        await slice.pause();
      }
    }
    return found;
  }
}

function takeFrom(archived: Map<string, SeriesSamples>, key: string): SeriesSamples | undefined {
  const samples = archived.size === 0 ? undefined : archived.get(key);
  archived.delete(key);
  return samples;
}

async function paced<Result>(work: Generator<unknown, Result>, slice: TimeSlice): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return step.value;
    }
    await slice.pause();
  }
}
