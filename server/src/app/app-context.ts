import type { Config } from '../config/load-config.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logging } from '../runtime/logger.ts';
import type { SelfMetrics } from '../runtime/self-metrics.ts';
import type { StateDatabase } from '../state/state-store.ts';
import type { TsdbOpening } from '../storage/tsdb/tsdb-opening.ts';
import type { DataFolder } from './data-folder.ts';

/** What every part of the composition is handed. Resources go on the stack and end in reverse order. */
export interface AppContext {
  readonly clock: Clock;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logging: Logging;
  readonly metrics: SelfMetrics;
  readonly stack: AsyncDisposableStack;
  readonly folder: DataFolder;
  readonly state: StateDatabase;
  /** Of the embedded store, when that was begun before. */
  readonly opening?: TsdbOpening | undefined;
  /** What people type into their browser; links in messages start with it. */
  readonly externalUrl: string;
}
