import { STALE } from '../../model/sample.ts';
import type { Selection, SeriesSamples } from '../../model/series-store.ts';
import type { AnswerTimes } from './answer-times.ts';
import type { WantedSeries } from './band-reader.ts';
import type { BlockEntry } from './block-entry.ts';
import { type BlockKind, FIVE_MINUTES, ONE_HOUR, RAW, type Resolution } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import { carriedBack, carriedOn } from './carried-points.ts';
import { type Column, lowerBound, mergeColumns } from './column.ts';
import type { FoundRows } from './found-rows.ts';
import type { HorizonTimes } from './horizons.ts';
import { readSamples, type SampleRequest } from './sample-reader.ts';

/** What was read of many series. */
export type FoundSamples = Pick<FoundRows<ColdSamples>, 'get'>;

/** Points or samples of one series, oldest first. */
export type ColdSamples = Pick<SeriesSamples, 'timestamps' | 'values' | 'weights'>;

type RowsOfBlocks = Pick<BlockStore, 'find' | 'has' | 'refs' | 'column'>;

export interface ColdRequest {
  readonly blocks: RowsOfBlocks & SampleRequest['blocks'];
  readonly horizons: HorizonTimes;
  readonly metric: string;
  /** See `isCounterMetric`. */
  readonly isCounter: boolean;
  readonly series: readonly WantedSeries[];
  readonly selection: Pick<Selection, 'fromMs' | 'toMs' | 'hint'>;
  /** Made for `sampleWindow`. */
  readonly times: AnswerTimes;
}

export interface PresenceRequest extends Omit<ColdRequest, 'isCounter' | 'times' | 'series' | 'blocks'> {
  readonly refs: ReadonlySet<number>;
  readonly blocks: RowsOfBlocks & Pick<BlockStore, 'hasRows'>;
}

/** The part of a selection that samples answer. */
export function sampleWindow(
  { fromMs, toMs }: Selection,
  horizons: HorizonTimes,
): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Math.max(fromMs, horizons.raw), toMs };
}

interface BlockSearcher extends Pick<PresenceRequest, 'metric' | 'refs'> {
  readonly blocks: RowsOfBlocks;
}

/** Rows of one kind of block between two times, both inclusive. */
interface Range {
  readonly kind: BlockKind;
  readonly fromMs: number;
  readonly toMs: number;
}

type Columns = Map<number, Column[]>;
type Picked = 'min' | 'max' | 'counter' | 'average';

/** Functions that work on the growth of counters: they need real samples and must see resets. */
const GROWTH = new Set(['rate', 'increase', 'irate', 'resets']);
/** Functions of the newest or oldest sample: an average would be a value nobody ever measured. */
const SINGLE = new Set(['last_over_time', 'first_over_time', 'ts_of_last_over_time', 'ts_of_first_over_time']);
const AVERAGED = new Set(['avg_over_time', 'sum_over_time', 'count_over_time']);

/** The field of a rollup that comes closest to what the function would say of the samples. */
export function fieldFor(functionName: string | undefined, isCounter: boolean): Picked {
  switch (functionName) {
    case 'min_over_time':
    case 'ts_of_min_over_time':
      return 'min';
    case 'max_over_time':
    case 'ts_of_max_over_time':
      return 'max';
    default:
      break;
  }
  if (functionName !== undefined && (GROWTH.has(functionName) || SINGLE.has(functionName))) {
    return 'counter';
  }
  return isCounter && !(functionName !== undefined && AVERAGED.has(functionName)) ? 'counter' : 'average';
}

/**
 * Everything of series of one metric that have rows in blocks: samples where they are kept, with those in memory; before that points
 * of five minutes, before those of an hour. Series without a row in blocks are left out.
 * Yields the number of rows read now and then, so that the caller can pace, count and stop it.
 */
export function* readCold(request: ColdRequest): Generator<number, FoundSamples> {
  const { horizons, selection, series } = request;
  const rawFromMs = horizons.raw;
  const fineFromMs = Math.min(horizons.fiveMinutes, rawFromMs);
  if (selection.fromMs >= rawFromMs) {
    return yield* readSamples({ ...request, window: selection });
  }
  const refs = new Set(series.map(({ ref }) => ref));
  const hours = yield* readRollup({ ...request, refs }, ONE_HOUR, {
    fromMs: selection.fromMs,
    toMs: Math.min(selection.toMs, fineFromMs - 1),
  });
  const minutes = yield* readRollup({ ...request, refs }, FIVE_MINUTES, {
    fromMs: Math.max(selection.fromMs, fineFromMs),
    toMs: Math.min(selection.toMs, rawFromMs - 1),
  });
  const rolled = new Map<number, ColdSamples>();
  const newer: WantedSeries[] = [];
  for (const { ref, hot } of series) {
    const points = joined([hours.get(ref), minutes.get(ref)]);
    if (points !== undefined) {
      rolled.set(ref, points);
    }
    const window = { fromMs: rawFromMs, toMs: Infinity };
    newer.push({ ref, hot: points === undefined ? hot : hot.map((column) => clip(column, window)) });
  }
  const samples = yield* readSamples({ ...request, series: newer, window: { fromMs: rawFromMs, toMs: selection.toMs } });
  const found = new Map<number, ColdSamples>();
  for (const { ref, hot } of newer) {
    const points = rolled.get(ref);
    const read = samples.get(ref);
    const all = points === undefined ? read : (joined([points, read ?? mergeColumns(hot)]) ?? points);
    if (all !== undefined) {
      found.set(ref, all);
    }
  }
  return found;
}

/** Which of the series have a row in the window. Blocks that lie wholly inside it are asked for their refs only. Yields as `readCold`. */
export function* readPresent(request: PresenceRequest): Generator<number, ReadonlySet<number>> {
  const { blocks, refs, horizons, selection } = request;
  const fineFromMs = Math.min(horizons.fiveMinutes, horizons.raw);
  const present = new Set<number>();
  for (const range of [
    { kind: ONE_HOUR.kinds.sum, fromMs: selection.fromMs, toMs: Math.min(selection.toMs, fineFromMs - 1) },
    {
      kind: FIVE_MINUTES.kinds.sum,
      fromMs: Math.max(selection.fromMs, fineFromMs),
      toMs: Math.min(selection.toMs, horizons.raw - 1),
    },
    { kind: RAW, fromMs: Math.max(selection.fromMs, horizons.raw), toMs: selection.toMs },
  ]) {
    yield* eachBlock(request, range, (entry) => {
      const isInside = entry.minMs >= range.fromMs && entry.maxMs <= range.toMs;
      let met = 0;
      for (const ref of blocks.refs(entry.id)) {
        met += 1;
        const isWanted = refs.has(ref) && !present.has(ref);
        if (isWanted && (isInside ? blocks.hasRows(entry.id, ref) : hasRowIn(blocks.column(entry.id, ref), range))) {
          present.add(ref);
        }
      }
      return met;
    });
  }
  return present;
}

function hasRowIn(column: Column | undefined, range: Range): boolean {
  return column !== undefined && clip(column, range).timestamps.length > 0;
}

/** Parts that follow each other in time as one. Samples weigh 1 where others have weights. */
export function joined(parts: readonly (ColdSamples | undefined)[]): ColdSamples | undefined {
  const present = parts.filter((part) => part !== undefined && part.timestamps.length > 0) as readonly ColdSamples[];
  const [only] = present;
  if (present.length <= 1) {
    return only;
  }
  const rows = present.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const concatenated = (pick: (part: ColdSamples) => Float64Array): Float64Array => {
    const whole = new Float64Array(rows);
    let at = 0;
    for (const part of present) {
      whole.set(pick(part), at);
      at += part.timestamps.length;
    }
    return whole;
  };
  const columns = {
    timestamps: concatenated(({ timestamps }) => timestamps),
    values: concatenated(({ values }) => values),
  };
  return present.every(({ weights }) => weights === undefined)
    ? columns
    : { ...columns, weights: concatenated(({ weights, values }) => weights ?? new Float64Array(values.length).fill(1)) };
}

function* readRollup(
  request: ColdRequest & Pick<PresenceRequest, 'refs'>,
  resolution: Resolution,
  window: Omit<Range, 'kind'>,
): Generator<number, ReadonlyMap<number, ColdSamples>> {
  const field = fieldFor(request.selection.hint?.function, request.isCounter);
  // An instant selector looks back five minutes: the points must not lie further apart.
  const isInstant = request.selection.hint === undefined;
  if (window.fromMs > window.toMs) {
    return new Map();
  }
  const { bucketMs, kinds } = resolution;
  // Points that lie outside may be carried into the window.
  const wide = isInstant ? { fromMs: window.fromMs - bucketMs, toMs: window.toMs + bucketMs } : window;
  if (field !== 'average') {
    const columns = yield* readColumns(request, { kind: kinds[field], ...wide });
    return mapped(columns, (ref) => {
      const points = mergedAt(columns, ref);
      return isInstant && field === 'counter' ? clip(carriedOn(points, bucketMs), window) : clip(points, window);
    });
  }
  const sums = yield* readColumns(request, { kind: kinds.sum, ...wide });
  const counts = yield* readColumns(request, { kind: kinds.count, ...wide });
  return mapped(sums, (ref) => {
    const averages = averaged(mergedAt(sums, ref), mergedAt(counts, ref));
    return isInstant ? clip(carriedBack(averages, bucketMs), window) : averages;
  });
}

function mapped(columns: Columns, samplesOf: (ref: number) => ColdSamples): ReadonlyMap<number, ColdSamples> {
  return new Map([...columns.keys()].map((ref) => [ref, samplesOf(ref)]));
}

/** Both columns come from the same buckets; where a damaged block took one of them, the point is left out. */
function averaged(sums: Column, counts: Column): ColdSamples {
  const timestamps: number[] = [];
  const values: number[] = [];
  const weights: number[] = [];
  let at = 0;
  for (const [i, timestamp] of sums.timestamps.entries()) {
    while ((counts.timestamps[at] ?? Infinity) < timestamp) {
      at += 1;
    }
    if (counts.timestamps[at] === timestamp) {
      const sum = sums.values[i] ?? 0;
      const count = counts.values[at] ?? 1;
      timestamps.push(timestamp);
      values.push(sum === STALE ? STALE : sum / count);
      weights.push(sum === STALE ? 1 : count);
    }
  }
  return { timestamps: Float64Array.from(timestamps), values: Float64Array.from(values), weights: Float64Array.from(weights) };
}

function* readColumns(request: BlockSearcher, range: Range): Generator<number, Columns> {
  const { blocks, refs } = request;
  const columns: Columns = new Map();
  yield* eachBlock(request, range, ({ id }) => addBlock(columns, { blocks, id, refs, range }));
  return columns;
}

/**
 * Calls `read`, which says how much it found, for every block of the range. Compaction may replace blocks that were found
 * before they are read: then what has come in their place is looked up.
 */
function* eachBlock(
  { blocks, metric, refs }: BlockSearcher,
  range: Range,
  read: (entry: BlockEntry) => number,
): Generator<number, void> {
  if (range.fromMs > range.toMs || refs.size === 0) {
    return;
  }
  let [minRef, maxRef] = [Infinity, 0];
  for (const ref of refs) {
    minRef = Math.min(minRef, ref);
    maxRef = Math.max(maxRef, ref);
  }
  const done = new Set<number>();
  for (let isGone = true; isGone; ) {
    isGone = false;
    for (const entry of blocks.find({ ...range, metric, minRef, maxRef }).filter(({ id }) => !done.has(id))) {
      done.add(entry.id);
      const rows = read(entry);
      isGone ||= rows === 0 && !blocks.has(entry.id);
      yield rows;
    }
  }
}

interface BlockRead extends Pick<BlockSearcher, 'blocks' | 'refs'> {
  readonly id: number;
  readonly range: Range;
}

/** The number of rows taken from the block. */
function addBlock(columns: Columns, { blocks, id, refs, range }: BlockRead): number {
  let rows = 0;
  for (const ref of blocks.refs(id)) {
    const column = refs.has(ref) ? blocks.column(id, ref) : undefined;
    const inside = column && clip(column, range);
    if (inside !== undefined && inside.timestamps.length > 0) {
      rows += inside.timestamps.length;
      const parts = columns.get(ref);
      if (parts === undefined) {
        columns.set(ref, [inside]);
      } else {
        parts.push(inside);
      }
    }
  }
  return rows;
}

function mergedAt(columns: Columns, ref: number): Column {
  return mergeColumns(columns.get(ref) ?? []);
}

/** The rows inside a window whose ends are inclusive, as views. */
export function clip<Samples extends ColdSamples>(samples: Samples, window: { fromMs: number; toMs: number }): ColdSamples {
  const { timestamps, values, weights } = samples;
  const from = lowerBound(timestamps, window.fromMs, { from: 0, to: timestamps.length });
  // The first time after an inclusive end: the next larger whole millisecond.
  const to = lowerBound(timestamps, Math.floor(window.toMs) + 1, { from, to: timestamps.length });
  const columns = { timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) };
  return weights === undefined ? columns : { ...columns, weights: weights.subarray(from, to) };
}
