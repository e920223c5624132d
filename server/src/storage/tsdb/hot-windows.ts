import { HOLE } from '../../model/sample.ts';
import type { Selection } from '../../model/series-store.ts';
import { MatrixSamples } from './band-rows.ts';
import { type Column, EMPTY_COLUMN, lowerBound, partsOf, withoutHoles } from './column.ts';
import type { SharedSelection } from './shared-selection.ts';

interface Slots {
  readonly from: number;
  readonly to: number;
  /** One object for all columns of the group. */
  readonly timestamps: Float64Array;
}

/** The rows in memory of the series in a shared selection, as views where they lie in one place. */
export class HotWindows {
  readonly #shared: SharedSelection;
  readonly #window: Pick<Selection, 'fromMs' | 'toMs'>;
  /** By group. */
  readonly #slots: readonly Slots[];
  /** By group, those of the last series that shows only later ones: the next nearly always shows the same. */
  readonly #later = new Map<number, Slots & { readonly fromMs: number }>();

  constructor(shared: SharedSelection, window: Pick<Selection, 'fromMs' | 'toMs'>) {
    this.#shared = shared;
    this.#window = window;
    this.#slots = shared.groups.map(({ timestamps, start, end }) => {
      const from = lowerBound(timestamps, window.fromMs, { from: start, to: end });
      const to = lowerBound(timestamps, Math.floor(window.toMs) + 1, { from, to: end });
      return { from, to, timestamps: timestamps.subarray(from, to) };
    });
  }

  /** Rows of the series in this place of the selection: no column, one or two, the one that begins first first. */
  at(place: number): readonly Column[] {
    return partsOf(this.#own(place), this.#grouped(place));
  }

  #own(place: number): Column {
    const { ownEnds, ownTimestamps, ownValues } = this.#shared;
    const from = place === 0 ? 0 : (ownEnds[place - 1] ?? 0);
    const to = ownEnds[place] ?? 0;
    return from === to ? EMPTY_COLUMN : { timestamps: ownTimestamps.subarray(from, to), values: ownValues.subarray(from, to) };
  }

  #grouped(place: number): Column {
    const index = this.#shared.group[place] ?? -1;
    const group = this.#shared.groups[index];
    const slots = group === undefined ? undefined : this.#slotsFrom(index, this.#shared.groupedFromMs[place] ?? 0);
    if (group === undefined || slots === undefined || slots.from >= slots.to) {
      return EMPTY_COLUMN;
    }
    const first = (this.#shared.column[place] ?? 0) * group.stride;
    if (!hasHole(group.values, first + slots.from, first + slots.to)) {
      return new MatrixSamples(slots.timestamps, group.values, first + slots.from);
    }
    let values = group.values.subarray(first + slots.from, first + slots.to);
    // The newest slot may still be being filled: a hole there is no reason to copy.
    values = values[values.length - 1] === HOLE ? values.subarray(0, -1) : values;
    const timestamps = slots.timestamps.subarray(0, values.length);
    return values.includes(HOLE) ? withoutHoles(timestamps, values) : { timestamps, values };
  }

  #slotsFrom(index: number, fromMs: number): Slots | undefined {
    const slots = this.#slots[index];
    const group = this.#shared.groups[index];
    if (slots === undefined || group === undefined || fromMs <= this.#window.fromMs || !((slots.timestamps[0] ?? 0) < fromMs)) {
      return slots;
    }
    const known = this.#later.get(index);
    if (known?.fromMs === fromMs) {
      return known;
    }
    const from = lowerBound(group.timestamps, fromMs, { from: slots.from, to: slots.to });
    const later = { fromMs, from, to: slots.to, timestamps: group.timestamps.subarray(from, slots.to) };
    this.#later.set(index, later);
    return later;
  }
}

/** Some times faster than `includes`. */
function hasHole(values: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    if (values[i] === HOLE) {
      return true;
    }
  }
  return false;
}
