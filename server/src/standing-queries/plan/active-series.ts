import type { HotReader, HotSeries, WatchedSeries } from '../../model/hot-series.ts';

/** How much longer than any window reaches a series is kept after its newest sample. */
const SLACK_MS = 300_000;
const SWEEP_EVERY_MS = 300_000;
/** Series are put to rest once they are this share of all. */
const LEAST_SHARE = 0.2;

/**
 * A selection without the series that ended before any window that is asked for: what is stored of the past costs nothing at each
 * tick. One that gets a sample again comes back at the end, like a new one.
 */
export class ActiveSeries implements Disposable {
  /** As `WatchedSeries`. */
  series: HotSeries[] = [];
  version = 0;
  epoch = 0;
  readonly #reader: HotReader;
  readonly #watch: WatchedSeries;
  readonly #resting = new Set<HotSeries>();
  /** The newest samples of those that rest are older. */
  #restedBeforeMs = Number.NEGATIVE_INFINITY;
  /** How far back windows reach. */
  #reachMs = 0;
  #nowMs = Number.NEGATIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;
  #sweptMoves = -1;
  #seenVersion = -1;
  #seenEpoch = -1;
  #seenWakes = 0;

  constructor(reader: HotReader, watch: WatchedSeries) {
    this.#reader = reader;
    this.#watch = watch;
    this.#seenWakes = reader.woken.count;
  }

  /** Whether `follow` has something to do but for sweeping. */
  get isBehind(): boolean {
    return this.#watch.version !== this.#seenVersion || this.#reader.woken.count !== this.#seenWakes;
  }

  /** All series, whether they are active or not. */
  get all(): readonly HotSeries[] {
    return this.#watch.series;
  }

  /** Windows that begin at `fromMs` will be read at `nowMs`. */
  expect(fromMs: number, nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#reachMs = Math.max(this.#reachMs, nowMs - fromMs);
    if (fromMs < this.#restedBeforeMs) {
      this.#restedBeforeMs = fromMs;
      this.#wake([...this.#resting].filter(({ newestMs }) => newestMs >= fromMs));
    }
  }

  /** Takes in who came, left or woke. */
  follow(): void {
    const { version, epoch } = this.#watch;
    if (version !== this.#seenVersion) {
      if (epoch !== this.#seenEpoch) {
        this.#seenEpoch = epoch;
        this.#forgetLeft();
      }
      this.#seenVersion = version;
      this.version += 1;
      this.series.push(...this.#watch.series.slice(this.series.length + this.#resting.size));
    }
    const { woken } = this.#reader;
    if (woken.count !== this.#seenWakes) {
      const found = woken.since(this.#seenWakes) ?? [...this.#resting];
      this.#seenWakes = woken.count;
      this.#wake(found.filter((series) => this.#resting.has(series)));
    }
  }

  /** Puts to rest who ended long ago. Series get other places, so it must not come between two readings of one time. */
  sweep(): void {
    // Series leave their groups when they have nothing in memory any more.
    if (this.#reader.moves === this.#sweptMoves && Math.abs(this.#nowMs - this.#sweptMs) < SWEEP_EVERY_MS) {
      return;
    }
    this.#sweptMoves = this.#reader.moves;
    this.#sweptMs = this.#nowMs;
    const beforeMs = this.#nowMs - this.#reachMs - SLACK_MS;
    // With nothing in memory, the store tells when one gets a sample.
    const ended = this.series.filter(
      ({ newestMs, hotFromMs, group }) =>
        newestMs < beforeMs && newestMs < hotFromMs && group === null && newestMs > Number.NEGATIVE_INFINITY,
    );
    if (ended.length === 0 || ended.length < this.series.length * LEAST_SHARE) {
      return;
    }
    for (const series of ended) {
      this.#resting.add(series);
    }
    this.#restedBeforeMs = Math.max(this.#restedBeforeMs, beforeMs);
    this.series = this.series.filter((series) => !this.#resting.has(series));
    this.version += 1;
    this.epoch += 1;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #wake(woken: readonly HotSeries[]): void {
    for (const series of woken) {
      this.#resting.delete(series);
      this.series.push(series);
    }
    this.version += woken.length > 0 ? 1 : 0;
  }

  #forgetLeft(): void {
    const there = new Set(this.#watch.series);
    const kept = this.series.filter((series) => there.has(series));
    this.epoch += kept.length < this.series.length ? 1 : 0;
    this.series = kept;
    for (const series of this.#resting) {
      if (!there.has(series)) {
        this.#resting.delete(series);
      }
    }
  }
}
