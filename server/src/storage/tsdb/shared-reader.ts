import type { Labels } from '../../model/labels.ts';
import { HOLE } from '../../model/sample.ts';
import type { Selection, SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import type { BlockStore } from './block-store.ts';
import { type Column, EMPTY_COLUMN, lowerBound, mergeColumns } from './memory-series.ts';
import type { SharedGroup, SharedRequest, SharedSelection } from './shared-selection.ts';
import type { StoredLabels } from './stored-labels.ts';

/** What a query may read, and whether it may go on. Each method throws when it may not. */
export interface ReadBudget {
  checkpoint(): void;
  countSeries(series: number): void;
  countSamples(samples: number): void;
}

export interface SharedReaderDeps {
  /** Asks the thread that owns the series. */
  readonly resolve: (request: SharedRequest) => Promise<SharedSelection>;
  readonly labels: Pick<StoredLabels, 'of'>;
  readonly blocks: Pick<BlockStore, 'find' | 'has' | 'refs' | 'column' | 'recount'>;
  readonly budget: ReadBudget;
}

/** Blocks to look for: series of one metric by ref, with what has been found of each. */
type ColdSeries = Map<number, Column[]>;

/**
 * Answers selections on another thread than the one that owns the series: hot rows from shared memory, labels and blocks
 * from a database connection of its own. Rows that were moved to blocks meanwhile are met twice and given once.
 */
export class SharedReader implements Pick<SeriesReader, 'select'> {
  readonly #deps: SharedReaderDeps;

  constructor(deps: SharedReaderDeps) {
    this.#deps = deps;
  }

  async select(selection: Selection): Promise<readonly SeriesSamples[]> {
    const { budget, labels, resolve } = this.#deps;
    budget.checkpoint();
    const { fromMs, toMs } = selection;
    const matchers = selection.matchers.map(({ name, operator, value }) => [name, operator, value] as const);
    const shared = await resolve({ matchers, fromMs, toMs });
    budget.countSeries(shared.refs.length);
    budget.checkpoint();
    const names = labels.of(shared.refs, () => budget.checkpoint());
    const cold = this.#readCold(selection, shared, names);
    const hot = new HotWindows(shared, selection);
    const result: SeriesSamples[] = [];
    for (const [at, labels] of names.entries()) {
      const parts = cold.get(shared.refs[at] ?? 0);
      const column = mergeColumns([...(parts ?? []), hot.grouped(at), hot.own(at)]);
      if (labels !== undefined && column.timestamps.length > 0) {
        result.push({ labels, ...column });
        budget.countSamples(parts === undefined ? column.timestamps.length : 0);
      }
    }
    return result;
  }

  #readCold(selection: Selection, { refs, isCold }: SharedSelection, names: readonly (Labels | undefined)[]): ColdSeries {
    const byMetric = new Map<string, ColdSeries>();
    for (const [at, labels] of names.entries()) {
      if (labels !== undefined && isCold[at] === 1) {
        const metric = labels.metricName;
        byMetric.set(metric, (byMetric.get(metric) ?? new Map()).set(refs[at] ?? 0, []));
      }
    }
    for (const [metric, series] of byMetric) {
      this.#readBlocks(metric, series, selection);
    }
    return new Map([...byMetric.values()].flatMap((series) => [...series]));
  }

  /** Compaction may replace blocks that were found before they are read: then what has come in their place is looked up. */
  #readBlocks(metric: string, series: ColdSeries, { fromMs, toMs }: Selection): void {
    const { blocks, budget } = this.#deps;
    const refs = [...series.keys()];
    const minRef = refs.reduce((min, ref) => Math.min(min, ref), Infinity);
    const maxRef = refs.reduce((max, ref) => Math.max(max, ref), 0);
    const read = new Set<number>();
    const unread = () => blocks.find({ metric, fromMs, toMs, minRef, maxRef }).filter(({ id }) => !read.has(id));
    if (unread().length === 0) {
      // Its blocks may be the metric's first since this connection read the names.
      blocks.recount();
    }
    for (let entries = unread(), isGone = true; isGone && entries.length > 0; entries = unread()) {
      isGone = false;
      for (const { id } of entries) {
        budget.checkpoint();
        read.add(id);
        const wanted = [...blocks.refs(id)].filter((ref) => series.has(ref));
        for (const ref of wanted) {
          const column = clip(blocks.column(id, ref), { fromMs, toMs });
          budget.countSamples(column.timestamps.length);
          series.get(ref)?.push(column);
        }
        isGone ||= wanted.length === 0 && !blocks.has(id);
      }
    }
  }
}

/** The rows in memory of the series in a shared selection. */
class HotWindows {
  readonly #shared: SharedSelection;
  readonly #window: Pick<Selection, 'fromMs' | 'toMs'>;
  /** First and last slot by group; the same for all its columns. */
  readonly #slots: readonly (readonly [from: number, to: number])[];

  constructor(shared: SharedSelection, window: Pick<Selection, 'fromMs' | 'toMs'>) {
    this.#shared = shared;
    this.#window = window;
    this.#slots = shared.groups.map(({ timestamps, start, end }) => {
      const from = lowerBound(timestamps, window.fromMs, { from: start, to: end });
      return [from, lowerBound(timestamps, Math.floor(window.toMs) + 1, { from, to: end })] as const;
    });
  }

  own(at: number): Column {
    const { ownEnds, ownTimestamps, ownValues } = this.#shared;
    const from = at === 0 ? 0 : (ownEnds[at - 1] ?? 0);
    const to = ownEnds[at] ?? 0;
    return from === to
      ? EMPTY_COLUMN
      : clip({ timestamps: ownTimestamps.subarray(from, to), values: ownValues.subarray(from, to) }, this.#window);
  }

  grouped(at: number): Column {
    const index = this.#shared.group[at] ?? -1;
    const group = this.#shared.groups[index];
    const [first, to] = this.#slots[index] ?? [0, 0];
    if (group === undefined || first >= to) {
      return EMPTY_COLUMN;
    }
    const fromMs = this.#shared.groupedFromMs[at] ?? Number.NEGATIVE_INFINITY;
    const from = lowerBound(group.timestamps, fromMs, { from: first, to });
    return from >= to ? EMPTY_COLUMN : columnOfGroup(group, this.#shared.column[at] ?? 0, { from, to });
  }
}

function columnOfGroup(group: SharedGroup, column: number, { from, to }: { from: number; to: number }): Column {
  const timestamps = group.timestamps.subarray(from, to);
  const values = group.values.subarray(column * group.stride + from, column * group.stride + to);
  return values.includes(HOLE) ? withoutHoles(timestamps, values) : { timestamps, values };
}

function withoutHoles(timestamps: Float64Array, values: Float64Array): Column {
  const keptTimes = new Float64Array(values.length);
  const keptValues = new Float64Array(values.length);
  let kept = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? HOLE;
    if (value !== HOLE) {
      keptTimes[kept] = timestamps[i] ?? 0;
      keptValues[kept] = value;
      kept += 1;
    }
  }
  return { timestamps: keptTimes.subarray(0, kept), values: keptValues.subarray(0, kept) };
}

function clip(column: Column | undefined, { fromMs, toMs }: Pick<Selection, 'fromMs' | 'toMs'>): Column {
  if (column === undefined) {
    return EMPTY_COLUMN;
  }
  const { timestamps, values } = column;
  const from = lowerBound(timestamps, fromMs, { from: 0, to: timestamps.length });
  const to = lowerBound(timestamps, Math.floor(toMs) + 1, { from, to: timestamps.length });
  return from === to ? EMPTY_COLUMN : { timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) };
}
