import type { Labels } from '../../model/labels.ts';
import type { MetricMetadata, Selection, SeriesSamples } from '../../model/series-store.ts';
import { AnswerTimes } from './answer-times.ts';
import type { ArchivedOne, ArchivedSeries } from './archived-series.ts';
import type { WantedSeries } from './band-reader.ts';
import type { BlockStore } from './block-store.ts';
import { type ColdSamples, type FoundSamples, joined, readCold, readPresent, sampleWindow } from './cold-reader.ts';
import type { Column } from './column.ts';
import type { HorizonTimes } from './horizons.ts';
import { isCounterMetric } from './rollup.ts';
import { joinHot } from './sample-reader.ts';
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

interface Found extends ArchivedOne, WantedSeries {
  readonly isCut: boolean;
  /** What the head had when the read began; it stays true while blocks are read and the head is cut. */
  readonly hot: readonly Column[];
}

/** What stays the same during one read: a read that takes long must not look on both sides of a horizon that moves meanwhile. */
interface Read {
  readonly selection: Selection;
  readonly horizons: HorizonTimes;
  readonly times: AnswerTimes;
  readonly slice: TimeSlice;
}

interface Decoding {
  readonly into: Map<number, ColdSamples>;
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
    const cold = await this.#cold(
      found.filter(({ isCut }) => isCut),
      read,
    );
    const divided = found.filter(({ hot, ref }) => hot.length > 1 && !cold.has(ref));
    const whole = new Map<number, ColdSamples>();
    const joins = joinHot({ blocks: this.#deps.blocks, times: read.times }, divided);
    await this.#decode(divided, await paced(joins, read.slice), { into: whole, slice: read.slice });
    const archived = await this.#archived(read);
    const result: SeriesSamples[] = [];
    for (const { ref, labels, hot } of found) {
      const samples = cold.get(ref) ?? whole.get(ref) ?? hot[0];
      const old = archived.size === 0 ? undefined : takeFrom(archived, labels.key);
      const all = old === undefined ? samples : joined([old, samples]);
      if (all !== undefined && all.timestamps.length > 0) {
        result.push(withLabels(labels, all));
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
      const found = await paced(
        readPresent({ ...this.#deps, ...read, metric, refs: new Set(ofMetric.map(({ ref }) => ref)) }),
        read.slice,
      );
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
    return this.#deps.index.matching(selection.matchers).map((series) => ({
      ref: series.ref,
      labels: series.labels,
      hot: series.parts(fromMs, toMs),
      isCut: series.cut.newestMs >= fromMs,
    }));
  }

  #begin(selection: Selection, signal?: AbortSignal): Read {
    const { raw, fiveMinutes } = this.#deps.horizons;
    const horizons = { raw, fiveMinutes };
    const slice = new TimeSlice(this.#deps.closing, signal);
    return { selection, horizons, slice, times: new AnswerTimes(sampleWindow(selection, horizons)) };
  }

  async #cold(series: readonly (ArchivedOne & WantedSeries)[], read: Read): Promise<ReadonlyMap<number, ColdSamples>> {
    const cold = new Map<number, ColdSamples>();
    for (const [metric, ofMetric] of Map.groupBy(series, ({ labels }) => labels.metricName)) {
      const isCounter = isCounterMetric(metric, this.#deps.metadata.get(metric));
      const found = await paced(readCold({ ...this.#deps, ...read, metric, isCounter, series: ofMetric }), read.slice);
      await this.#decode(ofMetric, found, { into: cold, slice: read.slice });
    }
    return cold;
  }

  /** Makes arrays of what was found: answers are kept for who knows how long. */
  async #decode(series: readonly WantedSeries[], found: FoundSamples, { into, slice }: Decoding): Promise<void> {
    for (const { ref } of series) {
      const samples = found.get(ref);
      if (samples !== undefined) {
        into.set(ref, decoded(samples));
        await slice.pause();
      }
    }
  }

  /** By key: a series that came back since has the same labels under another ref, as may several archived ones. */
  async #archived(read: Read): Promise<Map<string, SeriesSamples>> {
    const series = await this.#archivedMatching(read);
    const cold = await this.#cold(
      series.map((one) => ({ ...one, hot: [] })),
      read,
    );
    const byKey = new Map<string, SeriesSamples>();
    for (const { ref, labels } of series) {
      const parts = cold.get(ref);
      const samples = joined([byKey.get(labels.key), parts]);
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
  const samples = archived.get(key);
  archived.delete(key);
  return samples;
}

function decoded({ timestamps, values, weights }: ColdSamples): ColdSamples {
  return weights === undefined ? { timestamps, values } : { timestamps, values, weights };
}

/** Without spreading: answers may have a hundred thousand series. */
function withLabels(labels: Labels, { timestamps, values, weights }: ColdSamples): SeriesSamples {
  return weights === undefined ? { labels, timestamps, values } : { labels, timestamps, values, weights };
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
