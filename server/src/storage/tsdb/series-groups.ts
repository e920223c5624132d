import type { HeadChanges } from './head-changes.ts';
import type { MemorySeries } from './memory-series.ts';
import { type GroupState, SeriesGroup } from './series-group.ts';
import type { TimeSlice } from './time-slice.ts';

/** Columns of a group at most. More make growing dear, fewer waste a time column on too few series. */
const MAX_GROUP_COLUMNS = 128;

/** All groups of a store. */
export class SeriesGroups {
  readonly #groups = new Set<SeriesGroup>();
  readonly #changes: HeadChanges;
  #floorMs = Number.NEGATIVE_INFINITY;
  #coldBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(changes: HeadChanges) {
    this.#changes = changes;
  }

  get count(): number {
    return this.#groups.size;
  }

  /** While rows are being cut: older ones belong into no group, because its slots are about to go. Else -Infinity. */
  get floorMs(): number {
    return this.#floorMs;
  }

  /** The highest floor ever: of some series older rows are in blocks. */
  get coldBeforeMs(): number {
    return this.#coldBeforeMs;
  }

  /** Memory of the matrices. */
  get bytes(): number {
    return this.#groups.values().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Makes groups of series in the order given, as few as there can be and of equal width. */
  form(series: readonly MemorySeries[], timestampMs: number): void {
    const groups = Math.ceil(series.length / MAX_GROUP_COLUMNS);
    for (let i = 0; i < groups; i += 1) {
      const from = Math.round((i * series.length) / groups);
      const to = Math.round(((i + 1) * series.length) / groups);
      const group = new SeriesGroup(series.slice(from, to));
      group.open(timestampMs);
      this.#groups.add(group);
    }
    this.#changes.placement += 1;
  }

  /** Groups that another thread has made, for the series with the refs of their columns. */
  adopt(states: readonly GroupState[], find: (ref: number) => MemorySeries | undefined): void {
    for (const state of states) {
      this.#groups.add(
        SeriesGroup.of(
          state,
          Array.from(state.refs, (ref) => (ref === 0 ? undefined : find(ref))),
        ),
      );
    }
    this.#changes.placement += 1;
  }

  /** For `adopt`. */
  states(): readonly GroupState[] {
    return Array.from(this.#groups, ({ state }) => state);
  }

  leave(series: MemorySeries): void {
    series.group?.leave(series);
    this.#changes.move();
  }

  /** No row older than this is put into a group until the floor is dropped. To be called before such rows are cut to blocks. */
  raiseFloor(timestampMs: number): void {
    this.#floorMs = Math.max(this.#floorMs, timestampMs);
    this.noteCold(timestampMs);
  }

  /** Some series was cut before a time, in this process or the last. */
  noteCold(timestampMs: number): void {
    this.#coldBeforeMs = Math.max(this.#coldBeforeMs, timestampMs);
  }

  /** Forgets the slots below the floor. To be called when all of their samples are in blocks. */
  async dropBelowFloor(slice: TimeSlice): Promise<void> {
    const floorMs = this.#floorMs;
    for (const group of this.#groups) {
      await slice.pause();
      if (group.dropBefore(floorMs)) {
        this.#changes.move();
      }
      this.#changes.cut();
      if (group.columns === 0) {
        this.#groups.delete(group);
      }
    }
    this.#floorMs = Number.NEGATIVE_INFINITY;
  }
}
