import type { AnswerTimes, Clip, Stretch } from './answer-times.ts';
import type { Block, SlabPlace } from './block-codec.ts';
import type { BlockStore } from './block-store.ts';
import { type Column, lowerBound, mergeColumns } from './column.ts';
import type { Slab, Slabs } from './slab.ts';

/** A series to be read, with its rows in memory that belong to the answer: sorted columns, the one that begins first first. */
export interface WantedSeries {
  readonly ref: number;
  readonly hot: readonly Column[];
}

export interface BandReaderDeps {
  readonly blocks: Pick<BlockStore, 'isTouched' | 'withoutDeleted' | 'reportDamage'>;
  readonly times: AnswerTimes;
  readonly slabs: Slabs;
}

interface OpenedBlock {
  readonly id: number;
  readonly block: Block;
  /** By position, the place of the series among the wanted ones, -1 for a stranger. */
  readonly places: Int32Array;
  /** By time column. */
  readonly clips: readonly (Clip | undefined)[];
}

const STRANGER = -1;

/**
 * Joins the rows of many series from several blocks and memory: first where all of them go is worked out from the times alone, then
 * every column is decoded to its place in one array. Series whose rows do not simply follow each other, or have
 * deletions in them, are joined one by one.
 */
export class BandReader {
  readonly #deps: BandReaderDeps;
  readonly #wanted: readonly WantedSeries[];
  readonly #refs: Float64Array;
  #opened: OpenedBlock[] = [];
  /** By place: how far the times of the series reach; undefined while it has nothing. */
  readonly #stretches: (Stretch | undefined)[];
  /** By place, 1 where rows must be merged. */
  readonly #isIrregular: Uint8Array;
  /** By place, where the next value goes. */
  readonly #ends: Int32Array;
  /** Places of series that have something. */
  #met: number[] = [];

  /** @param wanted ascending by ref */
  constructor(deps: BandReaderDeps, wanted: readonly WantedSeries[]) {
    this.#deps = deps;
    this.#wanted = wanted;
    this.#refs = Float64Array.from(wanted, ({ ref }) => ref);
    this.#stretches = new Array<Stretch | undefined>(wanted.length).fill(undefined);
    this.#isIrregular = new Uint8Array(wanted.length);
    this.#ends = new Int32Array(wanted.length);
  }

  /** Takes note of what a block has. Blocks should come in the order of their first time. */
  add(id: number, block: Block): void {
    try {
      const places = this.#placesIn(block);
      // What is damaged must show before anything of the block is counted.
      const clips = this.#clipsOf(block, places);
      this.#opened.push({ id, block, places, clips });
      for (let position = 0; position < places.length; position += 1) {
        const place = places[position] ?? STRANGER;
        const clip = place === STRANGER ? undefined : clips[block.timesIndex(position)];
        if (clip !== undefined && clip.from < clip.to) {
          this.#note(place, clip);
        }
      }
    } catch (err) {
      this.#deps.blocks.reportDamage(id, err);
    }
  }

  /** Takes note of a series that no block needs to have. */
  addHot(place: number): void {
    this.#stretches[place] = this.#deps.times.start;
    this.#met.push(place);
  }

  /**
   * Reads all that was noted, with what is in memory, and forgets what was noted. Yields the number of rows after each block.
   * A series that is in `found` by its ref already is joined with what it has there.
   */
  *finish(found: Map<number, Column>): Generator<number, void> {
    const rows = this.#layOut();
    const target = { slab: this.#deps.slabs.take(rows), at: 0 };
    for (const opened of this.#opened) {
      yield this.#decode(opened, target);
    }
    let hotRows = 0;
    for (const place of this.#met) {
      const series = this.#wanted[place];
      const stretch = this.#stretches[place];
      if (series !== undefined && stretch !== undefined) {
        const isPlain = this.#isIrregular[place] === 0;
        const column = isPlain ? this.#regular(place, stretch, target.slab) : this.#merged(place, series);
        const known = found.get(series.ref);
        found.set(series.ref, known === undefined ? column : mergeColumns([known, column]));
        hotRows += hotRowsOf(series);
      }
      this.#stretches[place] = undefined;
      this.#isIrregular[place] = 0;
    }
    this.#opened = [];
    this.#met = [];
    yield hotRows;
  }

  /** The places of the block's series among the wanted ones. Both ascend by ref. */
  #placesIn(block: Block): Int32Array {
    const refs = this.#refs;
    const places = new Int32Array(block.seriesCount).fill(STRANGER);
    let place = lowerBound(refs, block.refAt(0), { from: 0, to: refs.length });
    for (let position = 0; position < places.length && place < refs.length; position += 1) {
      const ref = block.refAt(position);
      while ((refs[place] ?? Infinity) < ref) {
        place += 1;
      }
      if (refs[place] === ref) {
        places[position] = place;
      }
    }
    return places;
  }

  #clipsOf(block: Block, places: Int32Array): readonly (Clip | undefined)[] {
    const clips: (Clip | undefined)[] = [];
    for (let position = 0; position < places.length; position += 1) {
      if (places[position] !== STRANGER) {
        clips[block.timesIndex(position)] ??= this.#deps.times.clip(block.times(position));
      }
    }
    return clips;
  }

  #note(place: number, clip: Clip): void {
    const known = this.#stretches[place];
    if (known === undefined) {
      this.#met.push(place);
      this.#isIrregular[place] = Number(this.#deps.blocks.isTouched(this.#refs[place] ?? 0));
    }
    const before = known ?? this.#deps.times.start;
    const next = before.followedBy(clip.timestamps);
    if (next === undefined) {
      this.#isIrregular[place] = 1;
    }
    this.#stretches[place] = next ?? before;
  }

  /** Gives every series that can have it its part of one array; the length of the array. */
  #layOut(): number {
    const { times } = this.#deps;
    let length = 0;
    for (const place of this.#met) {
      let stretch = this.#stretches[place];
      for (const { timestamps } of this.#wanted[place]?.hot ?? []) {
        stretch = timestamps.length === 0 ? stretch : stretch?.followedBy(times.shared(timestamps));
      }
      if (stretch === undefined) {
        this.#isIrregular[place] = 1;
      } else if (this.#isIrregular[place] === 0) {
        this.#stretches[place] = stretch;
        this.#ends[place] = length;
        length += stretch.length;
      }
    }
    return length;
  }

  /** The rows decoded. */
  #decode({ id, block, places, clips }: OpenedBlock, target: SlabPlace): number {
    let rows = 0;
    let place = STRANGER;
    try {
      for (let position = 0; position < places.length; position += 1) {
        place = places[position] ?? STRANGER;
        if (place === STRANGER || this.#isIrregular[place] === 1) {
          continue;
        }
        const clip = clips[block.timesIndex(position)];
        if (clip !== undefined && clip.from < clip.to) {
          target.at = this.#ends[place] ?? 0;
          block.decode(position, clip, target);
          this.#ends[place] = target.at + clip.to - clip.from;
          rows += clip.to - clip.from;
        }
      }
    } catch (err) {
      this.#deps.blocks.reportDamage(id, err);
      this.#leaveOut(places, place);
    }
    return rows;
  }

  /** Series of a block from the one on that could not be decoded are joined one by one from other blocks. */
  #leaveOut(places: Int32Array, damaged: number): void {
    for (const place of places) {
      if (place >= damaged) {
        this.#isIrregular[place] = 1;
      }
    }
  }

  #regular(place: number, { length, timestamps }: Stretch, { values }: Slab): Column {
    let end = this.#ends[place] ?? 0;
    for (const hot of this.#wanted[place]?.hot ?? []) {
      values.set(hot.values, end);
      end += hot.values.length;
    }
    return { timestamps, values: values.subarray(end - length, end) };
  }

  /** Of rows with equal times, the one in the older block stays, and memory comes last. */
  #merged(place: number, { ref, hot }: WantedSeries): Column {
    const columns: Column[] = [];
    for (const opened of this.#opened.toSorted((a, b) => a.id - b.id)) {
      const position = opened.places.indexOf(place);
      const column = position < 0 ? undefined : this.#columnOf(opened, position, ref);
      if (column !== undefined) {
        columns.push(column);
      }
    }
    return mergeColumns([...columns, ...hot]);
  }

  #columnOf({ id, block }: OpenedBlock, position: number, ref: number): Column | undefined {
    const { blocks, times } = this.#deps;
    try {
      const { timestamps, values } = blocks.withoutDeleted(block.columnAt(position), ref, id);
      const clip = times.clip(timestamps);
      return { timestamps: clip.timestamps, values: values.subarray(clip.from, clip.to) };
    } catch (err) {
      blocks.reportDamage(id, err);
      return undefined;
    }
  }
}

function hotRowsOf({ hot }: WantedSeries): number {
  let rows = 0;
  for (const { timestamps } of hot) {
    rows += timestamps.length;
  }
  return rows;
}
