import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { MaintenanceSettings } from './maintenance.ts';
import type { TsdbOpening } from './tsdb-opening.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Some minutes of the series one Tila is made for. */
export const ROWS_BEFORE_MAINTENANCE = 2_000_000;

export interface TsdbOptions {
  /** The data folder; created when missing, locked until the store is closed. The samples are in `metrics.db`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the same folder, when it has been begun before. The store takes it over, and disposes of it when it cannot be opened. */
  readonly opening?: TsdbOpening;
  /** How long samples are kept. Default 15 days. */
  readonly retentionMs?: number;
  /** The oldest samples and rollups go when the file holds more than this. Default: no bound. */
  readonly retentionBytes?: number;
  /** How long points of 5 minutes are kept; none are made when that is no longer than samples are kept. Default 90 days. */
  readonly retention5mMs?: number;
  /** How long points of an hour are kept; none are made when that is no longer than the ones of 5 minutes. Default 2 years. */
  readonly retention1hMs?: number;
  /** How long samples stay in memory uncompressed at least. Default 22 minutes: standing windows of 20 minutes need nothing else. */
  readonly hotWindowMs?: number;
  /** How far behind its series' newest sample a row may come. Default 30 minutes, 0 takes none. */
  readonly outOfOrderWindowMs?: number;
  /** How long small writes wait after a commit for others to share the next one. Default 50 ms. */
  readonly gatherMs?: number;
  /** The longest time one block spans before it is merged, and the step in which memory is cut. Default 5 minutes. */
  readonly blockRangeMs?: number;
  /** After so many rows `maintain` runs of itself; of twice as many, writers wait for it. Default 2 million. */
  readonly rowsBeforeMaintenance?: number;
}

/** What maintenance is to do, with the defaults. */
export function settingsOf(options: TsdbOptions): MaintenanceSettings {
  return {
    hotWindowMs: options.hotWindowMs ?? 22 * MINUTE_MS,
    blockRangeMs: options.blockRangeMs ?? 5 * MINUTE_MS,
    outOfOrderWindowMs: options.outOfOrderWindowMs ?? 30 * MINUTE_MS,
    retentionMs: options.retentionMs ?? 15 * DAY_MS,
    retentionBytes: options.retentionBytes ?? Number.POSITIVE_INFINITY,
    retention5mMs: options.retention5mMs ?? 90 * DAY_MS,
    retention1hMs: options.retention1hMs ?? 730 * DAY_MS,
  };
}
