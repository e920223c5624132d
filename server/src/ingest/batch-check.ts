import { MetricMetadata as MetadataShape, type SampleBatch, STALE_MARKER } from '@tila/contract/samples.ts';
import { Labels } from '../model/labels.ts';
import { HOLE, STALE } from '../model/sample.ts';
import type { MetricMetadata, SampleRows } from '../model/series-store.ts';
import type { LabelColumn, LabelColumns } from './label-columns.ts';
import type { SeriesLimit } from './series-limit.ts';

/** The batch as a whole can never be taken. */
export class InvalidBatchError extends Error {
  override readonly name = 'InvalidBatchError';
}

/** Samples of series whose labels were checked when the series was seen first, by `Ingest.labelsOf`. */
export interface LabelledBatch extends Omit<SampleBatch, 'labels'> {
  readonly labels: readonly Labels[];
}

export type IngestBatch = SampleBatch | LabelledBatch;

export interface BatchCheckDeps {
  readonly columns: LabelColumns;
  readonly seriesLimit: SeriesLimit;
  readonly maxSeriesPerSource: number;
  readonly maxRowsPerBatch: number;
  readonly now: () => number;
  /** May this source write? False for a new one beyond the limit. */
  readonly admit: (source: string) => boolean;
}

/** The rows that may be stored, and what was wrong with the others. */
export interface CheckedBatch {
  readonly rows: SampleRows;
  readonly newestMs: number | null;
  readonly invalid: number;
  /** The first few reasons. */
  readonly problems: readonly string[];
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  readonly watermarkMs: number | undefined;
}

const MAX_PROBLEMS = 10;
const MAX_FUTURE_MS = 10 * 60_000;
const MAX_HELP_LENGTH = 1_000;
const MAX_SOURCE_LENGTH = 200;

/** Checks a batch that passed `assertShape` row by row. Rows with a fault are left out and named; the rest is stored. */
export function checkBatch(batch: IngestBatch, deps: BatchCheckDeps): CheckedBatch {
  const now = deps.now();
  const column = isLabelled(batch)
    ? { rows: batch.labels, labels: batch.labels }
    : deps.columns.resolve(batch.labels, batch.source, deps.seriesLimit.count(batch.source));
  const problems = new Problems();
  const rows =
    soundRows(batch, column, { ...deps, currentMs: now }) ?? checkedRows(batch, column, { ...deps, currentMs: now, problems });
  const watermarkMs = checkWatermark(batch.watermarkMs, now, problems);
  const metadata = checkMetadata(batch.metadata, problems);
  return { ...rows, invalid: problems.rows, problems: problems.shown, metadata, watermarkMs };
}

export function isLabelled(batch: IngestBatch): batch is LabelledBatch {
  return batch.labels[0] instanceof Labels;
}

type Checked = Pick<CheckedBatch, 'rows' | 'newestMs'>;

/** The batch as it is, when nothing is wrong with any row; that is nearly always so. */
function soundRows(batch: IngestBatch, { labels }: LabelColumn, deps: RowCheckDeps): Checked | undefined {
  const { timestamps, values } = batch;
  const latestMs = deps.currentMs + MAX_FUTURE_MS;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < timestamps.length; i += 1) {
    const timestampMs = timestamps[i];
    const value = values[i];
    if (!Number.isSafeInteger(timestampMs) || timestampMs === undefined || timestampMs > latestMs) {
      return undefined;
    }
    if (typeof value !== 'number' || value === HOLE) {
      return undefined;
    }
    newestMs = Math.max(timestampMs, newestMs);
  }
  if (labels === null || !deps.seriesLimit.admitAll(batch.source, labels, deps.currentMs)) {
    return undefined;
  }
  return { rows: { labels, timestamps, values }, newestMs: labels.length === 0 ? null : newestMs };
}

/** Row by row. */
function checkedRows(batch: IngestBatch, column: LabelColumn, deps: RowCheckDeps & { readonly problems: Problems }): Checked {
  const labels: Labels[] = [];
  const timestamps: number[] = [];
  const values: number[] = [];
  let newestMs: number | null = null;
  for (let i = 0; i < batch.labels.length; i += 1) {
    const row = checkRow(batch, { row: i, labels: column.rows[i] }, deps);
    if (typeof row === 'string') {
      deps.problems.add(row);
      continue;
    }
    const timestampMs = batch.timestamps[i] ?? 0;
    labels.push(row);
    timestamps.push(timestampMs);
    values.push(storedValue(batch.values[i] ?? 0));
    newestMs = Math.max(newestMs ?? timestampMs, timestampMs);
  }
  return { rows: { labels, timestamps, values }, newestMs };
}

/** Reasons, of which only the first few are kept. */
class Problems {
  readonly shown: string[] = [];
  rows = 0;

  add(reason: string): void {
    this.rows += 1;
    this.note(reason);
  }

  /** Something that cost no row. */
  note(reason: string): void {
    if (this.shown.length < MAX_PROBLEMS) {
      this.shown.push(reason);
    }
  }
}

/** @throws InvalidBatchError when the columns do not fit together, the batch names no source, or there are too many sources. */
export function assertShape(batch: IngestBatch, deps: BatchCheckDeps): void {
  const { source, labels, timestamps, values } = batch;
  if (typeof source !== 'string' || source === '' || source.length > MAX_SOURCE_LENGTH || !source.isWellFormed()) {
    throw new InvalidBatchError(`a batch must name its source in 1 to ${MAX_SOURCE_LENGTH} characters`);
  }
  if (labels.length !== timestamps.length || labels.length !== values.length) {
    const counts = `${labels.length} label sets, ${timestamps.length} timestamps, ${values.length} values`;
    throw new InvalidBatchError(`batch of source ${source}: ${counts}; a row is one of each`);
  }
  if (labels.length > deps.maxRowsPerBatch) {
    throw new InvalidBatchError(
      `batch of source ${source}: ${labels.length} rows, at most ${deps.maxRowsPerBatch} are taken at once`,
    );
  }
  assertAdmitted(source, deps);
}

/** @throws InvalidBatchError for a new source when there are too many undeclared ones. */
export function assertAdmitted(source: string, deps: Pick<BatchCheckDeps, 'admit'>): void {
  if (!deps.admit(source)) {
    throw new InvalidBatchError(`source ${source}: too many sources that are not configured; configure it, or use fewer names`);
  }
}

type RowCheckDeps = BatchCheckDeps & { readonly currentMs: number };

function checkRow(
  batch: IngestBatch,
  { row, labels }: { readonly row: number; readonly labels: Labels | string | undefined },
  deps: RowCheckDeps,
): Labels | string {
  if (labels === undefined || typeof labels === 'string') {
    return labels ?? `row ${row} has no labels`;
  }
  const timestampMs = batch.timestamps[row];
  if (!Number.isSafeInteger(timestampMs) || timestampMs === undefined) {
    return `${labels.metricName}: timestamp ${timestampMs} is not a whole number of milliseconds`;
  }
  if (timestampMs > deps.currentMs + MAX_FUTURE_MS) {
    return `${labels.metricName}: timestamp ${timestampMs} is ${Math.round((timestampMs - deps.currentMs) / 1000)} s in the future; check the clock of source ${batch.source}`;
  }
  if (typeof batch.values[row] !== 'number') {
    return `${labels.metricName}: the value is a ${typeof batch.values[row]}, a number is wanted`;
  }
  return deps.seriesLimit.admit(batch.source, labels, deps.currentMs)
    ? labels
    : `source ${batch.source} has ${deps.maxSeriesPerSource} series, its limit; new ones are refused, ${labels.metricName} first: drop labels or raise maxSeriesPerSource`;
}

/** The store's own marker for "nothing here" can only be an accident. */
function storedValue(value: number): number {
  if (value === STALE_MARKER) {
    return STALE;
  }
  return value === HOLE ? 0 : value;
}

/** A watermark may lie ahead of now: a scraper says nothing more until its next scrape. Far ahead it is a broken clock, and would let rules run before their data is in. */
function checkWatermark(watermarkMs: number | undefined, now: number, problems: Problems): number | undefined {
  if (watermarkMs === undefined || (Number.isSafeInteger(watermarkMs) && watermarkMs <= now + MAX_FUTURE_MS)) {
    return watermarkMs;
  }
  problems.note(`watermark ${watermarkMs} lies more than 10 minutes ahead or is no time; it is ignored`);
  return undefined;
}

function checkMetadata(metadata: SampleBatch['metadata'], problems: Problems): ReadonlyMap<string, MetricMetadata> {
  const checked = new Map<string, MetricMetadata>();
  for (const [metric, entry] of Object.entries(metadata ?? {})) {
    const parsed = MetadataShape.safeParse(entry);
    if (parsed.success && metric !== '') {
      checked.set(metric, {
        ...parsed.data,
        help: parsed.data.help.slice(0, MAX_HELP_LENGTH),
        unit: parsed.data.unit.slice(0, MAX_HELP_LENGTH),
      });
    } else {
      problems.note(`metadata of ${JSON.stringify(metric.slice(0, MAX_SOURCE_LENGTH))} is not valid; it is ignored`);
    }
  }
  return checked;
}
