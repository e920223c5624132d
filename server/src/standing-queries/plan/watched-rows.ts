import type { HotGroup, HotReader, HotSeries } from '../../model/hot-series.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { ActiveSeries } from './active-series.ts';
import type { GroupTable, SlotsAt } from './group-table.ts';
import { LeadingValues } from './leading-values.ts';
import { Endings, NewestValues } from './newest-values.ts';

/** Rows whose newest samples share one time column: `placedRows` and `placedColumns` from `begin` to before `end`. */
export interface GroupRows {
  readonly group: HotGroup;
  /** Its place in `groups`. */
  readonly index: number;
  readonly begin: number;
  end: number;
  /** A window that begins at or after this is in the columns only, for every row. */
  groupedAfterMs: number;
}

/** Dead rows are kept, so that parents need not count anew, until they are this share of all and this many. */
const MOST_DEAD_SHARE = 0.25;
const MOST_DEAD = 32;

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
  /** A group may come several times, each time with other rows. */
  readonly groups: GroupRows[] = [];
  /** By place in `groups`: the group's number in the table. */
  groupNumbers: Int32Array = new Int32Array(16);
  /** By place in `groups`: where its rows begin; those of the last end at the next. */
  groupBegins: Int32Array = new Int32Array(16);
  /** By place in `groups`: the latest `groupedAfterMs` of its rows. */
  groupedAfter: Float64Array = new Float64Array(16);
  /** Row numbers and their columns, group after group. */
  placedRows: Int32Array = new Int32Array(16);
  placedColumns: Int32Array = new Int32Array(16);
  /** Rises when `groups` is made anew; else groups are only added, and what was read of their rows before stays true. */
  placings = 0;
  /** Rows that share their times with no other. */
  readonly loners: number[] = [];
  /** By row, a copy of what the series said when it was placed. */
  groupedAfterMs: Float64Array = new Float64Array(0);
  readonly table: GroupTable;
  readonly #reader: HotReader;
  readonly #watch: ActiveSeries;
  #rowsOfSeries: number[] = [];
  #dead = 0;
  #sources = new Set<string>();
  #sourcesRows = 0;
  #sourcesEpoch = -1;
  #sourcesSinceMs = 0;
  #seenVersion = -1;
  #seenEpoch = -1;
  #seenPlacement = -1;
  #seenMoves = -1;
  /** Rows before this one have been looked at. */
  #lookedAt = 0;
  #placed = 0;
  #mustPlaceAll = true;
  #newestPass = -1;
  #newest: NewestValues[] = [];
  #newestUsed = 0;
  readonly #endings = new Endings();
  readonly #leading = new Map<number, LeadingValues>();

  constructor(reader: HotReader, table: GroupTable, matchers: readonly Matcher[]) {
    this.#reader = reader;
    this.table = table;
    this.#watch = new ActiveSeries(reader, reader.watch(matchers));
  }

  /** No series has samples outside memory from here on. */
  get allHotFromMs(): number {
    return this.#reader.coldBeforeMs;
  }

  /** Windows that begin at `fromMs` will be read at `nowMs`: what ended before all windows has no row. To be called before `refresh`. */
  expect(fromMs: number, nowMs: number): void {
    this.#watch.expect(fromMs, nowMs);
  }

  /** Looks at what has come, gone or moved. Costs nothing while nothing has. */
  refresh(): void {
    const { placement } = this.#reader;
    if (this.#watch.version === this.#seenVersion && !this.#watch.isBehind && placement === this.#seenPlacement) {
      return;
    }
    this.rebuilds += 1;
    this.#watch.follow();
    if (placement !== this.#seenPlacement) {
      this.#watch.sweep();
    }
    const { version } = this.#watch;
    if (version !== this.#seenVersion) {
      this.#followSeries();
    }
    const { moves } = this.#reader;
    this.table.follow(moves);
    if (this.#mustPlaceAll || moves !== this.#seenMoves) {
      this.#startPlacing();
    }
    this.#place();
    this.#mustPlaceAll = false;
    this.#seenMoves = moves;
    this.#seenVersion = version;
    this.#seenPlacement = placement;
  }

  /** Where a time falls in each group, by the groups' numbers. */
  slotsAt(timeMs: number, pass: number): SlotsAt {
    return this.table.at({ timeMs, pass }, this.groupNumbers, this.groups.length);
  }

  /** What all rows have at a time, read once for each pass. */
  newestAt(timeMs: number, pass: number): NewestValues {
    if (pass !== this.#newestPass) {
      this.#newestPass = pass;
      this.#newestUsed = 0;
    }
    for (let i = 0; i < this.#newestUsed; i += 1) {
      const known = this.#newest[i];
      if (known?.timeMs === timeMs) {
        return known;
      }
    }
    const found = this.#newest[this.#newestUsed] ?? new NewestValues(this.#endings);
    this.#newest[this.#newestUsed] = found;
    this.#newestUsed += 1;
    found.timeMs = timeMs;
    found.gather(this, this.slotsAt(timeMs, pass));
    return found;
  }

  /** The values at the beginning of windows of one length. */
  leadingOf(lengthMs: number): LeadingValues {
    const leading = this.#leading.get(lengthMs) ?? new LeadingValues();
    this.#leading.set(lengthMs, leading);
    leading.follow(this, this.placings);
    return leading;
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
    const { all } = this.#watch;
    for (; this.#sourcesRows < all.length; this.#sourcesRows += 1) {
      for (const source of all[this.#sourcesRows]?.sources ?? []) {
        this.#sources.add(source);
      }
    }
    return this.#sources;
  }

  /** Whether any series has a sample in memory within `(fromMs, toMs]`. */
  hasSampleIn(fromMs: number, toMs: number): boolean {
    this.expect(fromMs, toMs);
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
        this.#mustPlaceAll = true;
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
    this.#mustPlaceAll = true;
  }

  #startPlacing(): void {
    this.placings += 1;
    this.#endings.clear();
    this.groups.length = 0;
    this.loners.length = 0;
    this.#lookedAt = 0;
    this.#placed = 0;
  }

  /** Looks at rows that are new and at those that had no group. */
  #place(): void {
    const rows = this.series.length;
    this.groupedAfterMs = sized(this.groupedAfterMs, rows);
    this.placedRows = sizedInts(this.placedRows, rows);
    this.placedColumns = sizedInts(this.placedColumns, rows);
    const again = this.loners.splice(0);
    const fresh = new Map<HotGroup, number[]>();
    for (const row of again) {
      this.#lookAt(row, fresh);
    }
    for (let row = this.#lookedAt; row < rows; row += 1) {
      this.#lookAt(row, fresh);
    }
    this.#lookedAt = rows;
    for (const [group, members] of fresh) {
      this.#addGroup(group, members);
    }
  }

  #lookAt(row: number, fresh: Map<HotGroup, number[]>): void {
    const series = this.series[row];
    if (series === null || series === undefined) {
      return;
    }
    const { group } = series;
    if (group === null) {
      this.loners.push(row);
      return;
    }
    const members = fresh.get(group);
    if (members === undefined) {
      fresh.set(group, [row]);
    } else {
      members.push(row);
    }
  }

  #addGroup(group: HotGroup, members: readonly number[]): void {
    const added: GroupRows = {
      group,
      index: this.groups.length,
      begin: this.#placed,
      end: this.#placed,
      groupedAfterMs: Number.NEGATIVE_INFINITY,
    };
    for (const row of members) {
      const series = this.series[row];
      const groupedAfterMs = series?.groupedAfterMs ?? Number.NEGATIVE_INFINITY;
      this.placedRows[this.#placed] = row;
      this.placedColumns[this.#placed] = series?.column ?? 0;
      this.#placed += 1;
      this.groupedAfterMs[row] = groupedAfterMs;
      added.groupedAfterMs = Math.max(added.groupedAfterMs, groupedAfterMs);
    }
    added.end = this.#placed;
    this.groupNumbers = sizedInts(this.groupNumbers, this.groups.length + 1);
    this.groupBegins = sizedInts(this.groupBegins, this.groups.length + 2);
    this.groupBegins[added.index] = added.begin;
    this.groupBegins[added.index + 1] = added.end;
    this.groupedAfter = sized(this.groupedAfter, this.groups.length + 1);
    this.groupNumbers[added.index] = this.table.numberOf(group);
    this.groupedAfter[added.index] = added.groupedAfterMs;
    this.groups.push(added);
  }
}

function sized(column: Float64Array, rows: number): Float64Array {
  if (column.length >= rows) {
    return column;
  }
  const grown = new Float64Array(Math.ceil(rows * 1.25));
  grown.set(column);
  return grown;
}

function sizedInts(column: Int32Array, rows: number): Int32Array {
  if (column.length >= rows) {
    return column;
  }
  const grown = new Int32Array(Math.ceil(rows * 1.25));
  grown.set(column);
  return grown;
}
