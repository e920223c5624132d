import type { HotGroup, HotReader, HotSeries, WatchedSeries } from '../../model/hot-series.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';

/** Rows whose newest samples share one time column. */
export interface GroupRows {
  readonly group: HotGroup;
  /** Row numbers and their columns in the group, side by side. */
  readonly rows: number[];
  readonly columns: number[];
  /** A window that begins at or after this is in the columns only, for every row. */
  groupedAfterMs: number;
}

/** Dead rows are kept, so that parents need not count anew, until they are this share of all and this many. */
const MOST_DEAD_SHARE = 0.25;
const MOST_DEAD = 256;

/** How long sources of known series are taken to be the same. */
const SOURCES_KEPT_MS = 120_000;

/**
 * A selector's series as rows with lasting numbers, and where their samples are. A series that leaves keeps its row without
 * points; once many have, all rows are counted anew and `epoch` rises.
 */
export class WatchedRows implements Disposable {
  /** Rises when row numbers change. */
  epoch = 0;
  /** Times the rows were counted anew or places looked up anew, for self-metrics. */
  rebuilds = 0;
  /** By row, `null` for one that has left. */
  readonly series: (HotSeries | null)[] = [];
  readonly labels: Labels[] = [];
  readonly groups: GroupRows[] = [];
  /** Rows that share their times with no other. */
  readonly loners: number[] = [];
  /** By row, the copies of what the series said when it was placed. */
  groupedAfterMs: Float64Array = new Float64Array(0);
  hotFromMs: Float64Array = new Float64Array(0);
  /** No series has samples outside memory from here on. */
  allHotFromMs = Number.NEGATIVE_INFINITY;
  readonly #reader: HotReader;
  readonly #watch: WatchedSeries;
  #rowsOfSeries: number[] = [];
  #dead = 0;
  #sources = new Set<string>();
  #sourcesRows = 0;
  #sourcesEpoch = -1;
  #sourcesSinceMs = 0;
  #seenVersion = -1;
  #seenEpoch = -1;
  #seenPlacement = -1;

  constructor(reader: HotReader, matchers: readonly Matcher[]) {
    this.#reader = reader;
    this.#watch = reader.watch(matchers);
  }

  /** Looks at what has come, gone or moved. Costs nothing while nothing has. */
  refresh(): void {
    const { version } = this.#watch;
    const { placement } = this.#reader;
    if (version === this.#seenVersion && placement === this.#seenPlacement) {
      return;
    }
    this.rebuilds += 1;
    if (version !== this.#seenVersion) {
      this.#followSeries();
    }
    this.#place();
    this.#seenVersion = version;
    this.#seenPlacement = placement;
  }

  /** The sources of all series. New series count at once; that another source writes a known series, some minutes later. */
  sourcesAt(nowMs: number): ReadonlySet<string> {
    this.refresh();
    if (this.epoch !== this.#sourcesEpoch || Math.abs(nowMs - this.#sourcesSinceMs) > SOURCES_KEPT_MS) {
      this.#sourcesEpoch = this.epoch;
      this.#sourcesSinceMs = nowMs;
      this.#sourcesRows = 0;
      this.#sources = new Set();
    }
    for (; this.#sourcesRows < this.series.length; this.#sourcesRows += 1) {
      for (const source of this.series[this.#sourcesRows]?.sources ?? []) {
        this.#sources.add(source);
      }
    }
    return this.#sources;
  }

  /** Whether any series has a sample in memory within `(fromMs, toMs]`. */
  hasSampleIn(fromMs: number, toMs: number): boolean {
    this.refresh();
    return this.series.some((series) => {
      if (series === null || series.newestMs <= fromMs) {
        return false;
      }
      return series.newestMs <= toMs || series.window(fromMs + 1, toMs).values.length > 0;
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #followSeries(): void {
    if (this.#watch.epoch !== this.#seenEpoch) {
      this.#seenEpoch = this.#watch.epoch;
      this.#followLeaving();
    }
    this.#append();
  }

  #append(): void {
    const { series } = this.#watch;
    for (let i = this.#rowsOfSeries.length; i < series.length; i += 1) {
      const one = series[i];
      if (one !== undefined) {
        this.#rowsOfSeries.push(this.series.length);
        this.series.push(one);
        this.labels.push(one.labels);
      }
    }
  }

  /** Those who stay keep their order, so one walk over both lists finds who has left. */
  #followLeaving(): void {
    const { series } = this.#watch;
    const kept: number[] = [];
    for (const row of this.#rowsOfSeries) {
      if (kept.length < series.length && this.series[row] === series[kept.length]) {
        kept.push(row);
      } else {
        this.series[row] = null;
        this.#dead += 1;
      }
    }
    this.#rowsOfSeries = kept;
    if (this.#dead > Math.max(MOST_DEAD, this.series.length * MOST_DEAD_SHARE)) {
      this.#countAnew();
    }
  }

  #countAnew(): void {
    this.epoch += 1;
    this.series.length = 0;
    this.labels.length = 0;
    this.#rowsOfSeries = [];
    this.#dead = 0;
  }

  #place(): void {
    const rows = this.series.length;
    this.groups.length = 0;
    this.loners.length = 0;
    this.groupedAfterMs = sized(this.groupedAfterMs, rows);
    this.hotFromMs = sized(this.hotFromMs, rows);
    this.allHotFromMs = Number.NEGATIVE_INFINITY;
    const byGroup = new Map<HotGroup, GroupRows>();
    let last: GroupRows | undefined;
    for (let row = 0; row < rows; row += 1) {
      const series = this.series[row];
      if (series === null || series === undefined) {
        continue;
      }
      const { group, hotFromMs } = series;
      this.hotFromMs[row] = hotFromMs;
      this.allHotFromMs = Math.max(this.allHotFromMs, hotFromMs);
      if (group === null) {
        this.loners.push(row);
        continue;
      }
      if (last?.group !== group) {
        last = byGroup.get(group) ?? this.#newGroup(byGroup, group);
      }
      last.rows.push(row);
      last.columns.push(series.column);
      last.groupedAfterMs = Math.max(last.groupedAfterMs, series.groupedAfterMs);
      this.groupedAfterMs[row] = series.groupedAfterMs;
    }
  }

  #newGroup(byGroup: Map<HotGroup, GroupRows>, group: HotGroup): GroupRows {
    const fresh: GroupRows = { group, rows: [], columns: [], groupedAfterMs: Number.NEGATIVE_INFINITY };
    byGroup.set(group, fresh);
    this.groups.push(fresh);
    return fresh;
  }
}

function sized(column: Float64Array, rows: number): Float64Array {
  return column.length >= rows ? column : new Float64Array(Math.ceil(rows * 1.25));
}
