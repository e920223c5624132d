import type { Labels } from '../../model/labels.ts';
import type { Selection, SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import { AnswerTimes } from './answer-times.ts';
import type { ArchivedOne } from './archived-series.ts';
import type { WantedSeries } from './band-reader.ts';
import { BandSamples, MatrixSamples } from './band-rows.ts';
import { type ColdSamples, type FoundSamples, joined, readCold, sampleWindow } from './cold-reader.ts';
import type { Column } from './column.ts';
import type { HorizonTimes } from './horizons.ts';
import { HotWindows } from './hot-windows.ts';
import { joinHot } from './sample-reader.ts';
import type { SharedRequest, SharedSelection } from './shared-selection.ts';
import type { SharedTables } from './shared-tables.ts';

/** What a query may read, and whether it may go on. Each method throws when it may not. */
export interface ReadBudget {
  checkpoint(): void;
  countSeries(series: number): void;
  countSamples(samples: number): void;
}

export interface SharedReaderDeps {
  /** Asks the thread that owns the series. */
  readonly resolve: (request: SharedRequest) => Promise<SharedSelection>;
  readonly tables: Pick<SharedTables, 'labels' | 'blocks' | 'archived' | 'horizons' | 'isCounter' | 'refresh'>;
  readonly budget: ReadBudget;
}

interface Found extends ArchivedOne, WantedSeries {
  readonly isCold: boolean;
}

/** What stays the same during one read. */
interface Read {
  readonly selection: Selection;
  readonly horizons: HorizonTimes;
  readonly times: AnswerTimes;
}

/**
 * Answers selections on another thread than the one that owns the series, with what that one would answer: hot rows from shared
 * memory, labels and blocks from a database connection of its own. Rows that move to blocks meanwhile are met twice and given once.
 */
export class SharedReader implements Pick<SeriesReader, 'select'> {
  readonly #deps: SharedReaderDeps;

  constructor(deps: SharedReaderDeps) {
    this.#deps = deps;
  }

  async select(selection: Selection): Promise<readonly SeriesSamples[]> {
    const { budget, resolve, tables } = this.#deps;
    budget.checkpoint();
    const { fromMs, toMs } = selection;
    const matchers = selection.matchers.map(({ name, operator, value }) => [name, operator, value] as const);
    const shared = await resolve({ matchers, fromMs, toMs });
    budget.countSeries(shared.refs.length);
    budget.checkpoint();
    // What the answer leaves to blocks was committed to them before it was made.
    tables.refresh();
    const names = tables.labels.of(shared.refs, () => budget.checkpoint());
    const read = this.#begin(selection);
    const found = this.#found(shared, names, selection);
    const cold = this.#cold(
      found.filter(({ isCold }) => isCold),
      read,
    );
    const divided = found.filter(({ hot, isCold }) => hot.length > 1 && !isCold);
    const whole = this.#counted(joinHot({ blocks: tables.blocks, times: read.times }, divided));
    const archived = this.#archived(read);
    const result: SeriesSamples[] = [];
    for (const { ref, labels, hot, isCold } of found) {
      const joinedUp = isCold ? (cold.get(ref) ?? this.#joined(hot, read)) : whole.get(ref);
      const samples = joinedUp ?? hot[0];
      if (joinedUp === undefined) {
        budget.countSamples(hot[0]?.timestamps.length ?? 0);
      }
      const old = archived.size === 0 ? undefined : takeFrom(archived, labels);
      const all = old === undefined ? samples : joined([old, samples]);
      if (all !== undefined && all.timestamps.length > 0) {
        result.push(withLabels(labels, all));
      }
    }
    for (const samples of archived.values()) {
      result.push(samples);
    }
    return result;
  }

  /** Of a series of which blocks turned out to have nothing. */
  #joined(hot: readonly Column[], { times }: Read): Column | undefined {
    return hot.length > 1
      ? this.#counted(joinHot({ blocks: this.#deps.tables.blocks, times }, [{ ref: 0, hot }])).get(0)
      : undefined;
  }

  #found(shared: SharedSelection, names: readonly (Labels | undefined)[], selection: Selection): readonly Found[] {
    const windows = new HotWindows(shared, selection);
    const found: Found[] = [];
    for (const [place, labels] of names.entries()) {
      if (labels === undefined) {
        continue;
      }
      found.push({ ref: shared.refs[place] ?? 0, labels, hot: windows.at(place), isCold: shared.isCold[place] === 1 });
    }
    return found;
  }

  /** Does the work step by step, as long as the query may go on. */
  #counted<Result>(work: Generator<number, Result>): Result {
    const { budget } = this.#deps;
    for (let step = work.next(); ; step = work.next()) {
      budget.checkpoint();
      if (step.done === true) {
        return step.value;
      }
      budget.countSamples(step.value);
    }
  }

  #begin(selection: Selection): Read {
    const { raw, fiveMinutes } = this.#deps.tables.horizons;
    const horizons = { raw, fiveMinutes };
    return { selection, horizons, times: new AnswerTimes(sampleWindow(selection, horizons)) };
  }

  #cold(series: readonly (ArchivedOne & WantedSeries)[], read: Read): FoundSamples {
    const metric = series[0]?.labels.metricName ?? '';
    if (series.every(({ labels }) => labels.metricName === metric)) {
      return this.#coldOf(metric, series, read);
    }
    const cold = new Map<number, ColdSamples>();
    for (const [each, ofMetric] of Map.groupBy(series, ({ labels }) => labels.metricName)) {
      const found = this.#coldOf(each, ofMetric, read);
      for (const { ref } of ofMetric) {
        const samples = found.get(ref);
        if (samples !== undefined) {
          cold.set(ref, samples);
        }
      }
    }
    return cold;
  }

  #coldOf(metric: string, series: readonly WantedSeries[], read: Read): FoundSamples {
    const { tables } = this.#deps;
    return this.#counted(readCold({ ...read, blocks: tables.blocks, metric, isCounter: tables.isCounter(metric), series }));
  }

  /** By key: a series that came back since has the same labels under another ref, as may several archived ones. */
  #archived(read: Read): Map<string, SeriesSamples> {
    const byKey = new Map<string, SeriesSamples>();
    const { selection, horizons } = read;
    const { budget, tables } = this.#deps;
    const series: ArchivedOne[] = [];
    for (const page of selection.fromMs < horizons.raw ? tables.archived.matching(selection.matchers, selection.fromMs) : []) {
      budget.checkpoint();
      series.push(...page);
    }
    const cold = this.#cold(
      series.map((one) => ({ ...one, hot: [] })),
      read,
    );
    for (const { ref, labels } of series) {
      const parts = cold.get(ref);
      const samples = joined([byKey.get(labels.key), parts]);
      if (samples !== undefined && samples.timestamps.length > 0) {
        byKey.set(labels.key, { ...samples, labels });
      }
    }
    return byKey;
  }
}

/** Samples that are decoded later are nobody else's yet. */
function withLabels(labels: Labels, samples: ColdSamples): SeriesSamples {
  if (samples instanceof BandSamples || samples instanceof MatrixSamples) {
    samples.labels = labels;
    return samples;
  }
  const { timestamps, values, weights } = samples;
  return weights === undefined ? { labels, timestamps, values } : { labels, timestamps, values, weights };
}

function takeFrom(archived: Map<string, SeriesSamples>, labels: Labels): SeriesSamples | undefined {
  const samples = archived.get(labels.key);
  if (samples !== undefined) {
    archived.delete(labels.key);
  }
  return samples;
}
