import type { HotSeries, WokenSeries } from '../../model/hot-series.ts';

/** Woken series that are remembered. */
const MOST_WOKEN = 1024;

/** Counters by which those who keep answers see that something has changed; see `HotReader`. */
export class HeadChanges implements WokenSeries {
  placement = 0;
  moves = 0;
  revision = 0;
  lateWrites = 0;
  count = 0;
  #woken: HotSeries[] = [];

  /** A series without samples in memory gets one again. */
  wake(series: HotSeries): void {
    this.placement += 1;
    this.count += 1;
    this.#woken.push(series);
    if (this.#woken.length > 2 * MOST_WOKEN) {
      this.#woken = this.#woken.slice(MOST_WOKEN);
    }
  }

  since(count: number): readonly HotSeries[] | null {
    const missed = this.count - count;
    return missed > this.#woken.length ? null : this.#woken.slice(this.#woken.length - missed);
  }

  /** Samples went to blocks or slots got other numbers, but every series is where it was. */
  cut(): void {
    this.placement += 1;
  }

  /** Series left their places, or what is behind their places has changed. */
  move(): void {
    this.placement += 1;
    this.moves += 1;
  }
}
