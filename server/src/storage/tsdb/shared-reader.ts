import type { Labels } from '../../model/labels.ts';
import type { Selection, SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import type { ArchivedOne } from './archived-series.ts';
import { type ColdSeries, joined, readCold, sampleWindow, withHot } from './cold-reader.ts';
import { EMPTY_COLUMN } from './column.ts';
import { ColumnJoiner } from './column-joiner.ts';
import type { HorizonTimes } from './horizons.ts';
import { HotWindows } from './hot-windows.ts';
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

/** What stays the same during one read. */
interface Read {
  readonly selection: Selection;
  readonly horizons: HorizonTimes;
  readonly joiner: ColumnJoiner;
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
    const cold = this.#cold(coldOnes(shared, names), read);
    const archived = this.#archived(read);
    const hot = new HotWindows(shared, selection);
    const result: SeriesSamples[] = [];
    for (const [place, labels] of names.entries()) {
      if (labels === undefined) {
        continue;
      }
      const parts = cold.get(shared.refs[place] ?? 0);
      const ownHot = hot.at(place);
      const samples = parts === undefined ? ownHot : withHot(parts, ownHot, read);
      const whole = joined([takeFrom(archived, labels), samples]) ?? samples;
      if (whole.timestamps.length > 0) {
        budget.countSamples(ownHot.timestamps.length);
        result.push({ labels, ...whole });
      }
    }
    return [...result, ...archived.values()];
  }

  #begin(selection: Selection): Read {
    const { raw, fiveMinutes } = this.#deps.tables.horizons;
    const horizons = { raw, fiveMinutes };
    return { selection, horizons, joiner: new ColumnJoiner(sampleWindow(selection, horizons)) };
  }

  #cold(series: readonly ArchivedOne[], { selection, horizons, joiner }: Read): ReadonlyMap<number, ColdSeries> {
    const { budget, tables } = this.#deps;
    const cold = new Map<number, ColdSeries>();
    for (const [metric, ofMetric] of Map.groupBy(series, ({ labels }) => labels.metricName)) {
      const refs = new Set(ofMetric.map(({ ref }) => ref));
      const isCounter = tables.isCounter(metric);
      const reading = readCold({ blocks: tables.blocks, horizons, joiner, metric, isCounter, selection, refs });
      for (let step = reading.next(); ; step = reading.next()) {
        budget.checkpoint();
        if (step.done === true) {
          for (const [ref, samples] of step.value) {
            cold.set(ref, samples);
          }
          break;
        }
        budget.countSamples(step.value);
      }
    }
    return cold;
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
    const cold = this.#cold(series, read);
    for (const { ref, labels } of series) {
      const parts = cold.get(ref);
      const samples = joined([byKey.get(labels.key), parts && withHot(parts, EMPTY_COLUMN, read)]);
      if (samples !== undefined && samples.timestamps.length > 0) {
        byKey.set(labels.key, { ...samples, labels });
      }
    }
    return byKey;
  }
}

function coldOnes({ refs, isCold }: SharedSelection, names: readonly (Labels | undefined)[]): readonly ArchivedOne[] {
  const cold: ArchivedOne[] = [];
  for (const [place, labels] of names.entries()) {
    if (labels !== undefined && isCold[place] === 1) {
      cold.push({ ref: refs[place] ?? 0, labels });
    }
  }
  return cold;
}

function takeFrom(archived: Map<string, SeriesSamples>, labels: Labels): SeriesSamples | undefined {
  const samples = archived.size === 0 ? undefined : archived.get(labels.key);
  if (samples !== undefined) {
    archived.delete(labels.key);
  }
  return samples;
}
