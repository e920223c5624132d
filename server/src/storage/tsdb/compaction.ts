import { type BlockEntry, entryOf, groupsOf } from './block-entry.ts';
import { type BlockKind, FIVE_MINUTES, ONE_HOUR, RAW } from './block-kind.ts';
import { rewriteBlocks } from './block-rewriter.ts';
import type { BlockStore } from './block-store.ts';
import { integerOf, type Row, textOf } from './rows.ts';
import type { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface CompactionDeps {
  readonly database: TsdbDatabase;
  readonly blocks: BlockStore;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Level {
  readonly kind: BlockKind;
  /** Blocks of shorter spans inside one multiple of this are merged. Each is a multiple of the one before it. */
  readonly spanMs: number;
  /** Merge only what is small or sparse: long blocks of busy metrics would make reading an hour of them dear. */
  readonly onlySmall: boolean;
}

const LEVELS: readonly Level[] = [
  { kind: RAW, spanMs: 2 * HOUR_MS, onlySmall: false },
  { kind: RAW, spanMs: DAY_MS, onlySmall: true },
  ...Object.values(FIVE_MINUTES.kinds).flatMap((kind) => [
    { kind, spanMs: DAY_MS, onlySmall: false },
    { kind, spanMs: 10 * DAY_MS, onlySmall: true },
  ]),
  ...Object.values(ONE_HOUR.kinds).map((kind) => ({ kind, spanMs: 10 * DAY_MS, onlySmall: false })),
];

/** A metric's blocks of a day are merged to one or two blobs of full size, but not more. */
const SMALL_BYTES = 64 * 1024;
/** Below this many rows a series the cost of a column's head shows. */
const SPARSE_ROWS = 240;
/** One metric's blocks in one span. */
interface Window {
  readonly metric: string;
  readonly entries: readonly PlacedEntry[];
}

interface PlacedEntry extends BlockEntry {
  readonly isRolled: boolean;
}

/** Merges small blocks into larger ones: fewer column heads and directories, longer columns, less space. Stopping anywhere is safe. */
export class Compaction {
  readonly #deps: CompactionDeps;

  constructor(deps: CompactionDeps) {
    this.#deps = deps;
  }

  /** Merges spans that ended before the given time: no more rows are expected there. */
  async mergeBefore(settledMs: number, slice: TimeSlice): Promise<void> {
    for (const level of LEVELS) {
      for (const startMs of this.#windowStarts(level, settledMs)) {
        await slice.pause();
        for (const window of this.#windows(level, startMs)) {
          await this.#mergeWindow(level, window, slice);
        }
      }
    }
  }

  #windowStarts({ kind, spanMs }: Level, settledMs: number): readonly number[] {
    const rows = this.#deps.database
      .prepare('SELECT DISTINCT floor(min_ms / ?1) AS number FROM block WHERE kind = ?2 AND span_ms < ?1 AND min_ms < ?3')
      .all(spanMs, kind, Math.floor(settledMs / spanMs) * spanMs);
    return rows.map((row) => integerOf(row, 'number') * spanMs).sort((a, b) => a - b);
  }

  #windows({ kind, spanMs }: Level, startMs: number): readonly Window[] {
    const rows = this.#deps.database
      .prepare(
        `SELECT block.*, metric.name FROM block JOIN metric ON metric.id = block.metric
         WHERE kind = ? AND span_ms < ? AND min_ms >= ? AND min_ms < ? ORDER BY min_ref, min_ms, block.id`,
      )
      .all(kind, spanMs, startMs, startMs + spanMs);
    const windows = Map.groupBy(rows, (row) => textOf(row, 'name'));
    return [...windows].map(([metric, entries]) => ({ metric, entries: entries.map(placedEntryOf) }));
  }

  async #mergeWindow(level: Level, { metric, entries }: Window, slice: TimeSlice): Promise<void> {
    const { blocks } = this.#deps;
    const isWorth = !level.onlySmall || isSmall(entries);
    const groups = isWorth ? groupsOf(entries).filter((group) => group.length > 1) : [];
    for (const group of groups) {
      const isRolled = group.every((entry) => entry.isRolled);
      await rewriteBlocks(blocks, { kind: level.kind, metric, spanMs: level.spanMs, isRolled, entries: group }, slice);
      await slice.pause();
    }
    // What was not rewritten, being alone, damaged or large, must not be looked at again.
    this.#settle(entries, level.spanMs);
  }

  #settle(entries: readonly BlockEntry[], spanMs: number): void {
    const ids = JSON.stringify(entries.map(({ id }) => id));
    const settle = this.#deps.database.prepare('UPDATE block SET span_ms = ? WHERE id IN (SELECT value FROM json_each(?))');
    this.#deps.database.backgroundTransaction(() => settle.run(spanMs, ids));
  }
}

function placedEntryOf(row: Row): PlacedEntry {
  return { ...entryOf(row), isRolled: integerOf(row, 'is_rolled') === 1 };
}

function isSmall(entries: readonly BlockEntry[]): boolean {
  const sum = (pick: (entry: BlockEntry) => number) => entries.reduce((total, entry) => total + pick(entry), 0);
  return sum(({ bytes }) => bytes) <= SMALL_BYTES || sum(({ samples }) => samples) < SPARSE_ROWS * sum(({ series }) => series);
}
