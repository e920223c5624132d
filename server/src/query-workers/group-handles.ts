import type { SharedGroup, SharedSelection } from '../storage/tsdb/shared-selection.ts';

/** The arrays of a group, told once. */
export interface GroupArrays extends Pick<SharedGroup, 'timestamps' | 'values' | 'stride'> {
  readonly id: number;
}

/** A selection whose groups are told by number; handing over shared memory costs some 0.1 ms an array, so each is handed over once. */
export interface HandedSelection extends Omit<SharedSelection, 'groups'> {
  readonly groups: Uint32Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly fresh: readonly GroupArrays[];
}

/** Knows which groups a worker has. A group that has moved to other arrays is another one. */
export class GroupSender {
  /** By the array of values; only live groups keep theirs. */
  #ids = new WeakMap<Float64Array, number>();
  #nextId = 1;

  encode({ groups, ...selection }: SharedSelection): HandedSelection {
    const fresh: GroupArrays[] = [];
    const ids = Uint32Array.from(groups, (group) => this.#idOf(group, fresh));
    const starts = Uint32Array.from(groups, ({ start }) => start);
    const ends = Uint32Array.from(groups, ({ end }) => end);
    return { ...selection, groups: ids, starts, ends, fresh };
  }

  /** To be called when the worker is told to forget its groups. */
  forget(): void {
    this.#ids = new WeakMap();
    this.#nextId = 1;
  }

  #idOf({ timestamps, values, stride }: SharedGroup, fresh: GroupArrays[]): number {
    const known = this.#ids.get(values);
    if (known !== undefined) {
      return known;
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#ids.set(values, id);
    fresh.push({ id, timestamps, values, stride });
    return id;
  }
}

/** Keeps the groups a worker was told. */
export class GroupReceiver {
  readonly #groups = new Map<number, GroupArrays>();

  /** @throws RangeError for a group that was never told */
  decode({ groups, starts, ends, fresh, ...selection }: HandedSelection): SharedSelection {
    for (const group of fresh) {
      this.#groups.set(group.id, group);
    }
    const whole = Array.from(groups, (id, i): SharedGroup => {
      const group = this.#groups.get(id);
      if (group === undefined) {
        throw new RangeError(`group ${id} was never told`);
      }
      const { timestamps, values, stride } = group;
      return { timestamps, values, stride, start: starts[i] ?? 0, end: ends[i] ?? 0 };
    });
    return { ...selection, groups: whole };
  }

  forget(): void {
    this.#groups.clear();
  }
}

/** The buffers of a selection that were made for it alone and can be given away. */
export function ownBuffers(selection: SharedSelection): ArrayBuffer[] {
  const { refs, group, column, groupedFromMs, isCold, ownEnds, ownTimestamps, ownValues } = selection;
  const columns = [refs, group, column, groupedFromMs, isCold, ownEnds, ownTimestamps, ownValues];
  return columns.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
