import { Labels } from '../../model/labels.ts';
import { Deletions } from './deletions.ts';
import { HeadChanges } from './head-changes.ts';
import { HotWriter } from './hot-writer.ts';
import { type CutPosition, MemorySeries, NEVER_CUT } from './memory-series.ts';
import { ReplayedRows } from './replayed-rows.ts';
import { blobOf, integerOf, type Row } from './rows.ts';
import type { GroupState } from './series-group.ts';
import { SeriesGroups } from './series-groups.ts';
import { keysOf, readAround } from './table-salvage.ts';
import { isDamage, type TsdbDatabase } from './tsdb-database.ts';
import { decodeWalRows, type WalRows } from './wal-codec.ts';

/** What the write-ahead log brings back into memory: plain arrays, so that another thread can make it. */
export interface ReplayedHead {
  readonly groups: readonly GroupState[];
  readonly own: ReplayedOwnRows;
  /** Rows of the log that could not be read. */
  readonly damaged: readonly { readonly walRow: number; readonly err: unknown }[];
  /** Pages of the log are torn, so that not every row of it could be deleted any more: it has to be rebuilt. */
  readonly isTorn: boolean;
}

/** Rows that series keep for themselves, one series after the other. */
export interface ReplayedOwnRows {
  readonly refs: Uint32Array<ArrayBuffer>;
  /** By series, the number of rows up to its end. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly timestamps: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

interface ReplayParts {
  readonly series: ReplayedSeries;
  readonly deletions: Deletions;
  /** For the series of the rows, used again for each row of the log. */
  readonly room: MemorySeries[];
}

/** Series by ref, without a gap from `first` on but for series that have gone. */
interface ReplayedSeries {
  readonly first: number;
  readonly byRef: readonly (MemorySeries | undefined)[];
}

const SERIES_PER_BATCH = 10_000;

/** Puts all rows of the log that are in no block into matrices, as they were when the last commit was made. */
export function replayWal(database: TsdbDatabase): ReplayedHead {
  const damaged: { walRow: number; err: unknown }[] = [];
  let isTorn = false;
  const changes = new HeadChanges();
  const groups = new SeriesGroups(changes);
  const hot = new HotWriter({ groups, changes });
  const series = cutSeries(database);
  const deletions = new Deletions(database);
  const room: MemorySeries[] = [];
  const read = database.prepare('SELECT rows FROM wal WHERE id = ?');
  const tear = (walRow: number, err: unknown): void => {
    isTorn = true;
    damaged.push({ walRow, err });
  };
  for (const id of walIds(database, tear)) {
    try {
      hot.apply(storedRows(decodeWalRows(blobOf(read.get(id) ?? {}, 'rows')), id, { series, deletions, room }));
    } catch (err) {
      isTorn ||= isDamage(err);
      damaged.push({ walRow: id, err });
    }
  }
  return { groups: groups.states(), own: ownRows(series), damaged, isTorn };
}

/** All series with what of them is in blocks, without their labels. */
function cutSeries(database: TsdbDatabase): ReplayedSeries {
  const batch = database.prepare(`
    SELECT ref, cut_before_ms, cut_wal FROM series WHERE ref > ? ORDER BY ref LIMIT ${SERIES_PER_BATCH}
  `);
  batch.setReturnArrays(true);
  const byRef: (MemorySeries | undefined)[] = [];
  let first = 0;
  let cut = NEVER_CUT;
  for (let last = 0, isMore = true; isMore; ) {
    // Of arrays, as asked for.
    const rows = batch.all(last) as unknown as readonly (readonly (number | null)[])[];
    for (const [ref, beforeMs, walId] of rows) {
      last = ref ?? last;
      first ||= last;
      cut = samePosition(cut, beforeMs ?? NEVER_CUT.beforeMs, walId ?? NEVER_CUT.walId);
      byRef[last - first] = new MemorySeries({ ref: last, labels: Labels.EMPTY, source: null }, cut);
    }
    isMore = rows.length === SERIES_PER_BATCH;
  }
  return { first, byRef };
}

function samePosition(known: CutPosition, beforeMs: number, walId: number): CutPosition {
  return known.beforeMs === beforeMs && known.walId === walId ? known : { beforeMs, walId, newestMs: NEVER_CUT.newestMs };
}

/** Read up front, so that one damaged page does not end the walk over the others. */
function walIds(database: TsdbDatabase, tear: (walRow: number, err: unknown) => void): readonly number[] {
  try {
    return idsOf(database.prepare('SELECT id FROM wal ORDER BY id').all());
  } catch (err) {
    if (!isDamage(err)) {
      throw err;
    }
    const ids: number[] = [];
    const some = database.prepare('SELECT id FROM wal WHERE id BETWEEN ? AND ?');
    const lost = readAround(keysOf(database, 'wal'), ({ from, to }) => {
      for (const id of idsOf(some.all(from, to))) {
        ids.push(id);
      }
    });
    for (const { from } of lost) {
      tear(from, err);
    }
    return ids.sort((a, b) => a - b);
  }
}

function idsOf(rows: readonly Row[]): readonly number[] {
  return rows.map((row) => integerOf(row, 'id'));
}

/** Rows that were cut to blocks, or deleted, are still in the WAL until their whole row is no longer needed; they are passed over. */
function storedRows(
  { refs, timestamps, values }: WalRows,
  walId: number,
  { series, deletions, room }: ReplayParts,
): ReplayedRows {
  const hasDeletions = !deletions.isEmpty;
  const { byRef, first } = series;
  let kept = 0;
  for (let i = 0; i < refs.length; i += 1) {
    const ref = refs[i] ?? 0;
    const timestampMs = timestamps[i] ?? 0;
    const found = byRef[ref - first];
    const isUncut = found !== undefined && (timestampMs >= found.cut.beforeMs || walId > found.cut.walId);
    if (isUncut && !(hasDeletions && deletions.hasWalRow(ref, walId, timestampMs))) {
      // What is passed over makes room for what is kept.
      timestamps[kept] = timestampMs;
      values[kept] = values[i] ?? 0;
      room[kept] = found;
      kept += 1;
    }
  }
  room.length = kept;
  return new ReplayedRows(room, { timestamps, values });
}

function ownRows({ byRef }: ReplayedSeries): ReplayedOwnRows {
  const owners = byRef.filter((series) => series !== undefined && series.own !== null);
  const ends = new Uint32Array(owners.length);
  let rows = 0;
  for (const [at, series] of owners.entries()) {
    rows += series?.own?.length ?? 0;
    ends[at] = rows;
  }
  const own = {
    refs: Uint32Array.from(owners, (series) => series?.ref ?? 0),
    ends,
    timestamps: new Float64Array(rows),
    values: new Float64Array(rows),
  };
  for (const [at, series] of owners.entries()) {
    const column = series?.own?.window(-Infinity, Infinity);
    const from = at === 0 ? 0 : (ends[at - 1] ?? 0);
    own.timestamps.set(column?.timestamps ?? [], from);
    own.values.set(column?.values ?? [], from);
  }
  return own;
}
