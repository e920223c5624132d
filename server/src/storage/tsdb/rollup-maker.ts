import type { MetricMetadata } from '../../model/series-store.ts';
import { type BlockEntry, entryOf, groupsOf, type NewBlock } from './block-entry.ts';
import { type BlockKind, FIVE_MINUTES, ONE_HOUR, RAW, type Resolution, ROLLUP_FIELDS, type RollupField } from './block-kind.ts';
import { BlockFiller } from './block-rewriter.ts';
import type { BlockStore, OpenBlock } from './block-store.ts';
import type { Horizons } from './horizons.ts';
import { type Column, EMPTY_COLUMN, mergeColumns } from './memory-series.ts';
import { isCounterMetric, type RollupSource, rollUp, sourceOfSamples } from './rollup.ts';
import { integerOf, textOf } from './rows.ts';
import type { TimeSlice } from './time-slice.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

export interface RollupMakerDeps {
  readonly database: TsdbDatabase;
  readonly blocks: BlockStore;
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  readonly horizons: Horizons;
}

const DAY_MS = 86_400_000;

/** From which blocks a resolution is made. Whole windows at once: no block lies in two of them. */
interface Step {
  readonly to: Resolution;
  readonly windowMs: number;
  /** The kind whose `is_rolled` says how far the step has come. */
  readonly lead: BlockKind;
  readonly fields: readonly RollupField[];
  readonly kinds: Readonly<Record<RollupField, BlockKind>>;
}

const STEPS: readonly Step[] = [
  {
    to: FIVE_MINUTES,
    windowMs: DAY_MS,
    lead: RAW,
    fields: ['sum'],
    kinds: { min: RAW, max: RAW, sum: RAW, count: RAW, counter: RAW },
  },
  { to: ONE_HOUR, windowMs: 10 * DAY_MS, lead: FIVE_MINUTES.kinds.sum, fields: ROLLUP_FIELDS, kinds: FIVE_MINUTES.kinds },
];

/** Makes rollup blocks from older, finer ones. Each commit writes points and marks what they were made from; stopping anywhere is safe. */
export class RollupMaker {
  readonly #deps: RollupMakerDeps;

  constructor(deps: RollupMakerDeps) {
    this.#deps = deps;
  }

  /** Rolls up every window of the resolution's source that ended before the given time and has blocks that are not rolled up. */
  async rollUpBefore(resolution: Resolution, timestampMs: number, slice: TimeSlice): Promise<void> {
    const step = STEPS.find(({ to }) => to === resolution);
    for (const { startMs, metric } of step === undefined ? [] : this.#unrolled(step, timestampMs)) {
      await slice.pause();
      if (step !== undefined) {
        await this.#rollUpWindow(step, { startMs, metric }, slice);
      }
    }
  }

  /** The oldest row that the next coarser resolution does not have; Infinity when it has all. */
  oldestUnrolledMs(resolution: Resolution): number {
    const lead = STEPS.find(({ to }) => to === resolution)?.lead ?? RAW;
    const row = this.#deps.database.prepare('SELECT min(min_ms) AS oldest FROM block WHERE kind = ? AND is_rolled = 0').get(lead);
    return typeof row?.oldest === 'number' ? row.oldest : Infinity;
  }

  #unrolled(step: Step, timestampMs: number): readonly { readonly startMs: number; readonly metric: string }[] {
    return this.#deps.database
      .prepare(
        `SELECT DISTINCT floor(min_ms / ?1) AS number, metric.name FROM block JOIN metric ON metric.id = block.metric
         WHERE kind = ?2 AND is_rolled = 0 AND min_ms < ?3 ORDER BY number`,
      )
      .all(step.windowMs, step.lead, Math.floor(timestampMs / step.windowMs) * step.windowMs)
      .map((row) => ({ startMs: integerOf(row, 'number') * step.windowMs, metric: textOf(row, 'name') }));
  }

  async #rollUpWindow(step: Step, window: WindowOf, slice: TimeSlice): Promise<void> {
    this.#beginAgain(step, window);
    const leads = this.#entries(step.lead, step, window).filter(({ isRolled }) => !isRolled);
    for (const group of groupsOf(leads)) {
      const filled = await this.#rollUpGroup(step, { metric: window.metric, group, window }, slice);
      const ids = JSON.stringify(group.map(({ id }) => id));
      const mark = this.#deps.database.prepare('UPDATE block SET is_rolled = 1 WHERE id IN (SELECT value FROM json_each(?))');
      this.#deps.blocks.replace([], filled, () => mark.run(ids));
    }
  }

  /**
   * Rows that came late into a window that has been rolled up: its points are made anew, where they lie in blocks of their own
   * and what they were made from is all there. Otherwise the late rows' points only fill gaps.
   */
  #beginAgain(step: Step, window: WindowOf): void {
    const points = Object.values(step.to.kinds).flatMap((kind) => this.#entries(kind, step, window));
    const endMs = window.startMs + step.windowMs;
    const completeFromMs = step.lead === RAW ? this.#deps.horizons.raw : this.#deps.horizons.fiveMinutes;
    if (window.startMs >= completeFromMs && points.length > 0 && points.every(({ maxMs }) => maxMs < endMs)) {
      const reset = this.#deps.database.prepare('UPDATE block SET is_rolled = 0 WHERE id IN (SELECT value FROM json_each(?))');
      const leads = JSON.stringify(this.#entries(step.lead, step, window).map(({ id }) => id));
      this.#deps.blocks.replace(
        points.map(({ id }) => id),
        [],
        () => reset.run(leads),
      );
    }
  }

  #entries(kind: BlockKind, step: Step, { startMs, metric }: WindowOf): readonly PlacedEntry[] {
    return this.#deps.database
      .prepare(
        `SELECT * FROM block WHERE kind = ? AND metric = (SELECT id FROM metric WHERE name = ?) AND max_ms >= ?
         AND min_ms >= ? AND min_ms < ? ORDER BY min_ref, min_ms, id`,
      )
      .all(kind, metric, startMs, startMs, startMs + step.windowMs)
      .map((row) => ({ ...entryOf(row), isRolled: integerOf(row, 'is_rolled') === 1 }));
  }

  async #rollUpGroup(step: Step, { metric, group, window }: GroupOf, slice: TimeSlice): Promise<readonly NewBlock[]> {
    const isCounter = isCounterMetric(metric, this.#deps.metadata.get(metric));
    const sources = await this.#open(step, { metric, group, window }, slice);
    const refs = new Set([...(sources.get(step.lead) ?? [])].flatMap(({ refs }) => [...refs]));
    const fillers = ROLLUP_FIELDS.map((field) => {
      const place = { kind: step.to.kinds[field], metric, spanMs: step.to.bucketMs, isRolled: false };
      return { field, filler: new BlockFiller(place) };
    });
    for (const ref of [...refs].sort((a, b) => a - b)) {
      await slice.pause();
      const rolled = rollUp(sourceOf(step, sources, ref), step.to.bucketMs, isCounter);
      for (const { field, filler } of fillers) {
        filler.add({ ref, column: rolled[field] });
      }
    }
    return fillers.flatMap(({ filler }) => filler.finish());
  }

  /** The group's blocks, and of the other fields those with the same series. */
  async #open(step: Step, { group, window }: GroupOf, slice: TimeSlice): Promise<Map<BlockKind, readonly OpenBlock[]>> {
    const minRef = group.reduce((min, entry) => Math.min(min, entry.minRef), Infinity);
    const maxRef = group.reduce((max, entry) => Math.max(max, entry.maxRef), 0);
    const open = new Map<BlockKind, readonly OpenBlock[]>();
    for (const kind of new Set(step.fields.map((field) => step.kinds[field]))) {
      const others = this.#entries(kind, step, window).filter((entry) => entry.maxRef >= minRef && entry.minRef <= maxRef);
      const blocks: OpenBlock[] = [];
      for (const { id } of kind === RAW ? group : others) {
        await slice.pause();
        const block = this.#deps.blocks.open(id);
        if (block !== undefined) {
          blocks.push(block);
        }
      }
      open.set(kind, blocks);
    }
    return open;
  }
}

interface PlacedEntry extends BlockEntry {
  readonly isRolled: boolean;
}

interface WindowOf {
  readonly startMs: number;
  readonly metric: string;
}

interface GroupOf {
  readonly metric: string;
  readonly group: readonly BlockEntry[];
  readonly window: WindowOf;
}

function sourceOf(step: Step, sources: ReadonlyMap<BlockKind, readonly OpenBlock[]>, ref: number): RollupSource {
  const columnOf = (kind: BlockKind): Column =>
    mergeColumns((sources.get(kind) ?? []).flatMap((block) => block.column(ref) ?? []));
  if (step.lead === RAW) {
    return sourceOfSamples(columnOf(RAW));
  }
  const { kinds } = step;
  const source = {
    min: columnOf(kinds.min),
    max: columnOf(kinds.max),
    sum: columnOf(kinds.sum),
    count: columnOf(kinds.count),
    counter: columnOf(kinds.counter),
  };
  // A damaged block of one field leaves the others without their partner: such points cannot be joined.
  const rows = source.sum.timestamps.length;
  const isWhole = [source.min, source.max, source.count].every(({ timestamps }) => timestamps.length === rows);
  return isWhole
    ? source
    : { min: EMPTY_COLUMN, max: EMPTY_COLUMN, sum: EMPTY_COLUMN, count: EMPTY_COLUMN, counter: source.counter };
}
