import { BlockCutter, type BlockCutterDeps } from './block-cutter.ts';
import { FIVE_MINUTES, ONE_HOUR } from './block-kind.ts';
import { Compaction } from './compaction.ts';
import { DeletionRunner, type DeletionRunnerDeps } from './deletion-runner.ts';
import { Retention, type RetentionDeps, type RetentionTimes } from './retention.ts';
import { RollupMaker, type RollupMakerDeps } from './rollup-maker.ts';
import type { SeriesGroups } from './series-groups.ts';
import { TimeSlice } from './time-slice.ts';
import type { UncutRows } from './uncut-rows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface MaintenanceSettings {
  readonly hotWindowMs: number;
  readonly blockRangeMs: number;
  readonly outOfOrderWindowMs: number;
  readonly retentionMs: number;
  /** The file is kept below this size; Infinity for no bound. */
  readonly retentionBytes: number;
  /** Rollups are kept longer than what they are made from, or not made: where this is not longer, there are none. */
  readonly retention5mMs: number;
  readonly retention1hMs: number;
}

/** What the steps need; see each of them. */
export interface MaintenanceDeps
  extends Omit<BlockCutterDeps, 'blockRangeMs'>,
    RollupMakerDeps,
    DeletionRunnerDeps,
    RetentionDeps {
  readonly settings: MaintenanceSettings;
  readonly groups: SeriesGroups;
  readonly uncut: UncutRows;
}

/** Samples are rolled up to five minutes at this age, those to hours at the other; both of whole days. */
const ROLL_UP_5M_MS = 40 * HOUR_MS;
const ROLL_UP_1H_MS = 10 * DAY_MS;

/** Everything that is done to the store in the background, in order, in slices of a few milliseconds. Stopping anywhere is safe. */
export class Maintenance {
  readonly #settings: MaintenanceSettings;
  readonly #groups: SeriesGroups;
  readonly #cutter: BlockCutter;
  readonly #compaction: Compaction;
  readonly #rollups: RollupMaker;
  readonly #deletions: DeletionRunner;
  readonly #retention: Retention;
  #cutting: Promise<void> | undefined;
  readonly #blocks: MaintenanceDeps['blocks'];
  readonly #uncut: UncutRows;

  constructor(deps: MaintenanceDeps) {
    this.#settings = deps.settings;
    this.#groups = deps.groups;
    this.#cutter = new BlockCutter({ ...deps, blockRangeMs: deps.settings.blockRangeMs });
    this.#compaction = new Compaction(deps);
    this.#rollups = new RollupMaker(deps);
    this.#deletions = new DeletionRunner(deps);
    this.#retention = new Retention(deps);
    this.#blocks = deps.blocks;
    this.#uncut = deps.uncut;
  }

  /** While rows are being moved from memory to blocks: settles when that is over. */
  get cutting(): Promise<void> | undefined {
    return this.#cutting;
  }

  async run(nowMs: number, signal: AbortSignal): Promise<void> {
    const settings = this.#settings;
    const slice = new TimeSlice(signal);
    const hotFromMs = nowMs - settings.hotWindowMs;
    const beforeMs = Math.floor(hotFromMs / settings.blockRangeMs) * settings.blockRangeMs;
    const cut = () => this.#cut(beforeMs, slice, signal);
    await cut();
    // What came late is in blocks of its own until the next merge; after this time nothing late is taken.
    const settledMs = beforeMs - settings.outOfOrderWindowMs;
    await this.#compaction.mergeBefore(settledMs, new CuttingSlice(this.#uncut, cut, signal));
    await this.#rollUp(nowMs, settledMs, slice);
    await this.#deletions.run(slice);
    await this.#retention.deleteBefore(this.#retentionTimes(nowMs), slice);
    if (settings.retentionBytes < Infinity) {
      await this.#retention.shrinkTo(settings.retentionBytes, slice);
    }
    await this.#retention.releasePages(slice);
    this.#blocks.releaseWhenIdle();
  }

  #cut(beforeMs: number, slice: TimeSlice, signal: AbortSignal): Promise<void> {
    this.#uncut.cutBegins();
    this.#cutting = this.#moveToBlocks(beforeMs, slice, signal).finally(() => {
      this.#cutting = undefined;
      this.#uncut.cutEnded();
    });
    return this.#cutting;
  }

  async #moveToBlocks(beforeMs: number, slice: TimeSlice, signal: AbortSignal): Promise<void> {
    this.#groups.raiseFloor(beforeMs);
    await this.#cutter.cutBefore(beforeMs, signal);
    await this.#groups.dropBelowFloor(slice);
  }

  get #has5m(): boolean {
    return this.#settings.retention5mMs > this.#settings.retentionMs;
  }

  get #has1h(): boolean {
    return this.#has5m && this.#settings.retention1hMs > this.#settings.retention5mMs;
  }

  async #rollUp(nowMs: number, settledMs: number, slice: TimeSlice): Promise<void> {
    const settings = this.#settings;
    if (this.#has5m) {
      const ageMs = Math.min(ROLL_UP_5M_MS, Math.max(settings.retentionMs - DAY_MS, 0));
      await this.#rollups.rollUpBefore(FIVE_MINUTES, Math.min(nowMs - ageMs, settledMs), slice);
    }
    if (this.#has1h) {
      const ageMs = Math.min(ROLL_UP_1H_MS, Math.max(settings.retention5mMs - 10 * DAY_MS, 0));
      await this.#rollups.rollUpBefore(ONE_HOUR, Math.min(nowMs - ageMs, settledMs), slice);
    }
  }

  /** Nothing goes before its rollup has been made, so short retentions keep samples until their day is over. */
  #retentionTimes(nowMs: number): RetentionTimes {
    const settings = this.#settings;
    const raw = nowMs - settings.retentionMs;
    const fiveMinutes = nowMs - settings.retention5mMs;
    return {
      raw: this.#has5m ? wholeHour(Math.min(raw, this.#rollups.oldestUnrolledMs(FIVE_MINUTES))) : raw,
      fiveMinutes: this.#has5m
        ? wholeHour(Math.min(fiveMinutes, this.#has1h ? this.#rollups.oldestUnrolledMs(ONE_HOUR) : Infinity))
        : undefined,
      oneHour: this.#has1h ? nowMs - settings.retention1hMs : undefined,
    };
  }
}

/** Merging a long history takes minutes, in which more of it may come than memory is for: that is moved to blocks in between. */
class CuttingSlice extends TimeSlice {
  readonly #uncut: UncutRows;
  readonly #cut: () => Promise<void>;

  constructor(uncut: UncutRows, cut: () => Promise<void>, signal: AbortSignal) {
    super(signal);
    this.#uncut = uncut;
    this.#cut = cut;
  }

  override async pause(): Promise<void> {
    if (this.#uncut.areMany) {
      await this.#cut();
    }
    await super.pause();
  }
}

function wholeHour(timestampMs: number): number {
  return Math.floor(timestampMs / HOUR_MS) * HOUR_MS;
}
