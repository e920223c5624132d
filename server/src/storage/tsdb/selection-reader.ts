import type { Labels } from '../../model/labels.ts';
import type { Selection, SeriesSamples } from '../../model/series-store.ts';
import type { BlockEntry, BlockStore } from './block-store.ts';
import type { Column } from './column.ts';
import { ColumnJoiner } from './column-joiner.ts';
import type { MemorySeries } from './memory-series.ts';
import type { SeriesIndex } from './series-index.ts';
import { TimeSlice } from './time-slice.ts';

export interface SelectionReaderDeps {
  readonly index: SeriesIndex;
  readonly blocks: BlockStore;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
}

interface Found {
  readonly series: MemorySeries;
  /** What the head had when the read began; it stays true while blocks are read and the head is cut. */
  readonly hot: Column;
}

/** Blocks to read and, by ref, the series that may have rows in them. */
interface ColdPart {
  readonly entries: readonly BlockEntry[];
  readonly series: ReadonlyMap<number, MemorySeries>;
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
    const joiner = new ColumnJoiner(selection);
    const cold = await this.#cold(this.#findBlocks(selection, found), joiner, signal);
    const result: SeriesSamples[] = [];
    for (const { series, hot } of found) {
      const parts = cold.get(series);
      const { timestamps, values } = parts === undefined ? hot : joiner.join([...parts, hot]);
      if (timestamps.length > 0) {
        result.push({ labels: series.labels, timestamps, values });
      }
    }
    return result;
  }

  /** The label sets that have a row in the window. Blocks that lie wholly inside it are asked for their refs only. */
  async series(selection: Selection): Promise<readonly Labels[]> {
    const matching = this.#deps.index.matching(selection.matchers);
    const present = new Set(matching.filter((series) => series.hasRowIn(selection.fromMs, selection.toMs)));
    const undecided = matching.filter((series) => !present.has(series)).map((series) => ({ series }));
    const slice = new TimeSlice(this.#deps.closing);
    for (const part of this.#findBlocks(selection, undecided)) {
      for (const entry of part.entries) {
        await slice.pause();
        this.#addPresent(present, { entry, part, selection });
      }
    }
    return [...present].map(({ labels }) => labels);
  }

  #hot(selection: Selection): readonly Found[] {
    const { fromMs, toMs } = selection;
    return this.#deps.index.matching(selection.matchers).map((series) => ({ series, hot: series.window(fromMs, toMs) }));
  }

  /** One search per metric among the series that have ever been cut as far as the window. */
  #findBlocks(selection: Selection, found: readonly { readonly series: MemorySeries }[]): readonly ColdPart[] {
    const byMetric = new Map<string, Map<number, MemorySeries>>();
    for (const { series } of found) {
      if (series.cut.newestMs >= selection.fromMs) {
        const metric = series.labels.metricName;
        byMetric.set(metric, (byMetric.get(metric) ?? new Map()).set(series.ref, series));
      }
    }
    return [...byMetric].map(([metric, series]) => {
      const refs = [...series.keys()];
      const minRef = refs.reduce((min, ref) => Math.min(min, ref), Infinity);
      const maxRef = refs.reduce((max, ref) => Math.max(max, ref), 0);
      const { fromMs, toMs } = selection;
      return { series, entries: this.#deps.blocks.find({ metric, fromMs, toMs, minRef, maxRef }) };
    });
  }

  async #cold(
    parts: readonly ColdPart[],
    joiner: ColumnJoiner,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<MemorySeries, Column[]>> {
    const columns = new Map<MemorySeries, Column[]>();
    const slice = new TimeSlice(this.#deps.closing, signal);
    for (const { entries, series } of parts) {
      for (const { id } of entries) {
        await slice.pause();
        this.#readBlock(id, series, (owner, column) => {
          const inside = joiner.clip(column);
          if (inside.timestamps.length > 0) {
            addPart(columns, owner, inside);
          }
        });
      }
    }
    return columns;
  }

  #addPresent(
    present: Set<MemorySeries>,
    { entry, part, selection }: { readonly entry: BlockEntry; readonly part: ColdPart; readonly selection: Selection },
  ): void {
    const isInside = entry.minMs >= selection.fromMs && entry.maxMs <= selection.toMs;
    if (isInside) {
      for (const ref of this.#deps.blocks.refs(entry.id)) {
        addIfKnown(present, part.series.get(ref));
      }
      return;
    }
    const joiner = new ColumnJoiner(selection);
    this.#readBlock(entry.id, part.series, (owner, column) => {
      addIfKnown(present, joiner.clip(column).timestamps.length > 0 ? owner : undefined);
    });
  }

  #readBlock(id: number, wanted: ReadonlyMap<number, MemorySeries>, take: (owner: MemorySeries, column: Column) => void): void {
    const { blocks } = this.#deps;
    for (const ref of blocks.refs(id)) {
      const owner = wanted.get(ref);
      const column = owner === undefined ? undefined : blocks.column(id, ref);
      if (owner !== undefined && column !== undefined) {
        take(owner, column);
      }
    }
  }
}

function addPart(columns: Map<MemorySeries, Column[]>, owner: MemorySeries, part: Column): void {
  const parts = columns.get(owner);
  if (parts === undefined) {
    columns.set(owner, [part]);
  } else {
    parts.push(part);
  }
}

function addIfKnown(present: Set<MemorySeries>, series: MemorySeries | undefined): void {
  if (series !== undefined) {
    present.add(series);
  }
}
