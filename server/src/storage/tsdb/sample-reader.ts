import type { AnswerTimes, Clip } from './answer-times.ts';
import type { Block } from './block-codec.ts';
import { RAW } from './block-kind.ts';
import type { BlockStore } from './block-store.ts';
import { bandsOf, sortedRefs, withAnyOf } from './block-walk.ts';
import { type Column, mergeColumns } from './column.ts';
import { Slab } from './number-decoder.ts';

/** A series to be read, with its rows in memory that belong to the answer: none, or one or two sorted columns. */
export interface WantedSeries {
  readonly ref: number;
  readonly hot: readonly Column[];
}

export interface SampleRequest {
  readonly blocks: Pick<BlockStore, 'find' | 'has' | 'block' | 'isTouched' | 'withoutDeleted' | 'reportDamage'>;
  readonly metric: string;
  readonly series: readonly WantedSeries[];
  /** Both ends inclusive; `times` are made for the same. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly times: AnswerTimes;
}

/** Rows of one series in one block. */
interface Part {
  readonly id: number;
  readonly clip: Clip;
  readonly block: Block;
  readonly position: number;
  /** Where deletions have been applied: what they left. */
  readonly values: Float64Array | undefined;
}

/** A series whose rows follow each other, part after part. */
interface Planned {
  readonly series: WantedSeries;
  readonly parts: readonly Part[];
  readonly timestamps: Float64Array;
}

type Parts = ReadonlyMap<WantedSeries, readonly Part[]>;
type Found = Map<number, Column>;

const ROWS_PER_YIELD = 64_000;

/**
 * Reads the samples of series of one metric that have any in blocks, joined with those in memory; rows that are in both show once.
 * Blocks of the same series are read together and decoded to where their rows end up, in one array for many series.
 * Yields the number of rows read, now and then. Compaction may replace blocks on the way: then what came in their place is read.
 */
export function* readSamples(request: SampleRequest): Generator<number, ReadonlyMap<number, Column>> {
  const { blocks, metric, series, window } = request;
  const found: Found = new Map();
  const wanted = new Map(series.map((one) => [one.ref, one]));
  const refs = sortedRefs(wanted.keys());
  const place = { kind: RAW, metric, ...window, minRef: refs[0] ?? 0, maxRef: refs[refs.length - 1] ?? -1 };
  const done = new Set<number>();
  for (let isGone = refs.length > 0 && window.fromMs <= window.toMs; isGone; ) {
    isGone = false;
    const unread = blocks.find(place).filter(({ id }) => !done.has(id));
    for (const band of bandsOf(withAnyOf(unread, refs))) {
      const parts = new Map<WantedSeries, Part[]>();
      for (const { id } of band) {
        done.add(id);
        const block = blocks.block(id);
        isGone ||= block === undefined && !blocks.has(id);
        if (block !== undefined) {
          addParts(parts, request, { id, block, wanted });
        }
        yield 0;
      }
      yield* joinAll(request, parts, found);
    }
  }
  return found;
}

/** Joins what series have in memory in more than one column. Yields as `readSamples`. */
export function* joinHot(times: AnswerTimes, series: readonly WantedSeries[]): Generator<number, ReadonlyMap<number, Column>> {
  const found: Found = new Map();
  yield* joinAll({ times }, new Map(series.map((one) => [one, []])), found);
  return found;
}

interface OneBlock {
  readonly id: number;
  readonly block: Block;
  readonly wanted: ReadonlyMap<number, WantedSeries>;
}

function addParts(parts: Map<WantedSeries, Part[]>, { blocks, times }: SampleRequest, { id, block, wanted }: OneBlock): void {
  try {
    for (const [ref, position] of block.positions) {
      const series = wanted.get(ref);
      if (series === undefined) {
        continue;
      }
      const left = blocks.isTouched(ref) ? blocks.withoutDeleted(block.columnAt(position), ref, id) : undefined;
      const clip = times.clip(left?.timestamps ?? block.times(position));
      if (clip.from < clip.to) {
        const part = { id, clip, block, position, values: left?.values };
        const known = parts.get(series);
        if (known === undefined) {
          parts.set(series, [part]);
        } else {
          known.push(part);
        }
      }
    }
  } catch (err) {
    blocks.reportDamage(id, err);
  }
}

type Joining = Pick<SampleRequest, 'times'> & Partial<Pick<SampleRequest, 'blocks'>>;

function* joinAll(request: Joining, parts: Parts, found: Found): Generator<number, void> {
  const planned: Planned[] = [];
  let length = 0;
  for (const [series, ofSeries] of parts) {
    const plan = planOf(request.times, series, ofSeries);
    if (plan === undefined) {
      keep(found, series.ref, merged(request, series, ofSeries));
    } else {
      planned.push(plan);
      length += plan.timestamps.length;
    }
  }
  const slab = new Slab(length);
  let start = 0;
  let told = 0;
  for (const plan of planned) {
    const end = start + plan.timestamps.length;
    const isWhole = fill(slab, start, plan);
    const column = isWhole
      ? { timestamps: plan.timestamps, values: slab.values.subarray(start, end) }
      : merged(request, plan.series, plan.parts);
    keep(found, plan.series.ref, column);
    start = end;
    if (end - told >= ROWS_PER_YIELD) {
      yield end - told;
      told = end;
    }
  }
  yield length - told;
}

/** Undefined where rows do not simply follow each other. */
function planOf(times: AnswerTimes, series: WantedSeries, parts: readonly Part[]): Planned | undefined {
  const inOrder = areInOrder(parts) ? parts : parts.toSorted((a, b) => firstOf(a) - firstOf(b));
  const columns: Float64Array[] = [];
  for (const { clip } of inOrder) {
    columns.push(clip.timestamps);
  }
  for (const { timestamps } of series.hot) {
    if (timestamps.length > 0) {
      columns.push(times.shared(timestamps));
    }
  }
  const { isInOrder, timestamps } = times.join(columns);
  return isInOrder ? { series, parts: inOrder, timestamps } : undefined;
}

function areInOrder(parts: readonly Part[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const part of parts) {
    const first = firstOf(part);
    if (first < last) {
      return false;
    }
    last = first;
  }
  return true;
}

function firstOf({ clip }: Part): number {
  return clip.timestamps[0] ?? 0;
}

/** Puts all values of a series where they belong. False when a part turns out to be damaged. */
function fill(slab: Slab, start: number, { series, parts }: Planned): boolean {
  let at = start;
  try {
    for (const part of parts) {
      if (part.values === undefined) {
        part.block.decode(part.position, part.clip, { slab, at });
      } else {
        slab.values.set(part.values.subarray(part.clip.from, part.clip.to), at);
      }
      at += part.clip.to - part.clip.from;
    }
  } catch {
    return false;
  }
  for (const { values } of series.hot) {
    slab.values.set(values, at);
    at += values.length;
  }
  return true;
}

/** Of rows with equal times, the one in the older block stays, and memory comes last. */
function merged(request: Joining, series: WantedSeries, parts: readonly Part[]): Column {
  const byAge = parts.toSorted((a, b) => a.id - b.id);
  return mergeColumns([...byAge.flatMap((part) => columnOf(request, part) ?? []), ...series.hot]);
}

function columnOf({ blocks }: Joining, { id, clip, block, position, values }: Part): Column | undefined {
  const { timestamps, from, to } = clip;
  if (values !== undefined) {
    return { timestamps, values: values.subarray(from, to) };
  }
  const slab = new Slab(to - from);
  try {
    block.decode(position, clip, { slab, at: 0 });
    return { timestamps, values: slab.values };
  } catch (err) {
    blocks?.reportDamage(id, err);
    return undefined;
  }
}

/** A series whose blocks did not fit one band, or were replaced on the way, has been met before. */
function keep(found: Found, ref: number, column: Column): void {
  const known = found.get(ref);
  found.set(ref, known === undefined ? column : mergeColumns([known, column]));
}
