import type { AnswerTimes, Clip, Stretch } from './answer-times.ts';
import { BandRows, BandSamples, NO_ENTRY, type OpenedBlock } from './band-rows.ts';
import type { Block } from './block-codec.ts';
import type { BlockStore } from './block-store.ts';
import { type Column, lowerBound, mergeColumns } from './column.ts';

/** A series to be read, with its rows in memory that belong to the answer: sorted columns, the one that begins first first. */
export interface WantedSeries {
  readonly ref: number;
  readonly hot: readonly Column[];
}

export interface BandReaderDeps {
  readonly blocks: Pick<BlockStore, 'isTouched' | 'withoutDeleted' | 'reportDamage'>;
  readonly times: AnswerTimes;
}

const STRANGER = -1;

/**
 * Joins the rows of many series from several blocks and memory by their times alone: series whose rows simply follow each other are
 * decoded when they are looked at. Others, and those with deletions in them, are joined one by one.
 */
export class BandReader {
  readonly #deps: BandReaderDeps;
  readonly #wanted: readonly WantedSeries[];
  readonly #refs: Float64Array;
  #rows = new BandRows();
  /** By place: how far the times of the series reach; undefined while it has nothing. */
  readonly #stretches: (Stretch | undefined)[];
  /** By place, 1 where rows must be merged. */
  readonly #isIrregular: Uint8Array;
  /** By place, the first and the last entry in `#rows`. */
  readonly #firsts: Int32Array;
  readonly #lasts: Int32Array;
  /** Places of series that have something. */
  #met: number[] = [];

  /** @param wanted ascending by ref */
  constructor(deps: BandReaderDeps, wanted: readonly WantedSeries[]) {
    this.#deps = deps;
    this.#wanted = wanted;
    this.#refs = Float64Array.from(wanted, ({ ref }) => ref);
    this.#stretches = new Array<Stretch | undefined>(wanted.length).fill(undefined);
    this.#isIrregular = new Uint8Array(wanted.length);
    this.#firsts = new Int32Array(wanted.length).fill(NO_ENTRY);
    this.#lasts = new Int32Array(wanted.length);
  }

  /** Takes note of what a block has. Blocks should come in the order of their first time. */
  add(id: number, block: Block): void {
    try {
      // What is damaged must show before anything of the block is counted.
      block.check();
      const places = this.#placesIn(block);
      const clips = this.#clipsOf(block, places);
      this.#rows.open({ id, block, clips });
      for (let position = 0; position < places.length; position += 1) {
        const place = places[position] ?? STRANGER;
        const clip = place === STRANGER ? undefined : clips[block.timesIndex(position)];
        if (clip !== undefined && clip.from < clip.to) {
          this.#note(place, clip, position);
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
   * Gives all that was noted, with what is in memory, and forgets what was noted. Yields the number of rows now and then.
   * A series that is in `found` by its place already is joined with what it has there.
   */
  *finish(found: (Column | undefined)[]): Generator<number, void> {
    let rows = 0;
    for (const place of this.#met) {
      const series = this.#wanted[place];
      if (series !== undefined) {
        const column = this.#join(place, series);
        const known = found[place];
        found[place] = known === undefined ? column : mergeColumns([known, column]);
        rows += column.timestamps.length;
      }
      this.#stretches[place] = undefined;
      this.#isIrregular[place] = 0;
      this.#firsts[place] = NO_ENTRY;
      if (rows >= ROWS_PER_YIELD) {
        yield rows;
        rows = 0;
      }
    }
    this.#rows = new BandRows();
    this.#met = [];
    yield rows;
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

  #note(place: number, clip: Clip, position: number): void {
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
    const first = this.#firsts[place] ?? NO_ENTRY;
    const entry = this.#rows.add(position, first === NO_ENTRY ? NO_ENTRY : (this.#lasts[place] ?? NO_ENTRY));
    this.#lasts[place] = entry;
    this.#firsts[place] = first === NO_ENTRY ? entry : first;
  }

  #join(place: number, { ref, hot }: WantedSeries): Column {
    let stretch = this.#isIrregular[place] === 1 ? undefined : this.#stretches[place];
    for (const { timestamps } of hot) {
      stretch = timestamps.length === 0 ? stretch : stretch?.followedBy(this.#deps.times.shared(timestamps));
    }
    const first = this.#firsts[place] ?? NO_ENTRY;
    return stretch === undefined
      ? this.#merged({ ref, hot }, first)
      : new BandSamples(stretch.timestamps, { rows: this.#rows, first, hot });
  }

  /** Of rows with equal times, the one in the older block stays, and memory comes last. */
  #merged({ ref, hot }: WantedSeries, first: number): Column {
    const parts: { readonly id: number; readonly column: Column }[] = [];
    for (let entry = first; entry !== NO_ENTRY; entry = this.#rows.next(entry)) {
      const { opened, position } = this.#rows.placeOf(entry);
      const column = opened && this.#columnOf(opened, position, ref);
      if (column !== undefined) {
        parts.push({ id: opened?.id ?? 0, column });
      }
    }
    parts.sort((a, b) => a.id - b.id);
    return mergeColumns([...parts.map(({ column }) => column), ...hot]);
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

const ROWS_PER_YIELD = 65_536;
