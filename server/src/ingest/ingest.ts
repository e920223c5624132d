import { setImmediate } from 'node:timers/promises';
import type { LabelSet } from '@tila/contract/labels.ts';
import type { WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';
import { Labels } from '../model/labels.ts';
import type { AppendRequest, AppendResult, SampleRows, SeriesWriter } from '../model/series-store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import {
  assertAdmitted,
  assertShape,
  type BatchCheckDeps,
  type CheckedBatch,
  checkBatch,
  type IngestBatch,
} from './batch-check.ts';
import { BatchParts } from './batch-parts.ts';
import { DEFAULT_LABEL_LIMITS, type LabelLimits, problemOf } from './label-check.ts';
import { LabelColumns } from './label-columns.ts';
import { RowBudget } from './row-budget.ts';
import { SeriesLimit } from './series-limit.ts';

/** Rows that have just become durable, a batch or a part of a large one. Refused, duplicate and too old rows may be among them. */
export interface IngestCommit {
  readonly source: string;
  readonly rows: SampleRows;
  /** The newest timestamp among the rows, `null` when there are none. */
  readonly maxTimestampMs: number | null;
  readonly watermarkMs: number | null;
  /** Epoch milliseconds at which the commit returned. */
  readonly committedAt: number;
}

export interface IngestLimits {
  readonly labels?: LabelLimits;
  /** Default 500,000. */
  readonly maxSeriesPerSource?: number;
  /** Default 1,000,000. */
  readonly maxRowsPerBatch?: number;
  /** Rows being written at once; further batches wait. Default 500,000. */
  readonly maxRowsInFlight?: number;
}

/** What ingest tells about its sources; the source registry. */
export interface SourceListener {
  /** Takes a place for a source that is new; false when there is none left. */
  admit(source: string): boolean;
  committed(commit: IngestCommit): void;
  report(report: SourceReport): void;
}

export interface IngestDeps {
  readonly writer: SeriesWriter;
  readonly sources: SourceListener;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  readonly limits?: IngestLimits;
}

/** Counters for /metrics, since the start. */
export interface IngestCounters {
  readonly batches: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly tooOld: number;
  readonly invalid: number;
  readonly storeFailures: number;
  readonly rowsInFlight: number;
  readonly writersWaiting: number;
}

/** So many rows are checked, stored and told of without a request getting its turn: some milliseconds. */
const ROWS_PER_PART = 5_000;
const MAX_PROBLEMS = 10;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** The door to the store: checks what comes in, stores what is sound, and says what became of the rest. */
export class Ingest {
  readonly #deps: IngestDeps;
  readonly #check: BatchCheckDeps;
  readonly #labelLimits: LabelLimits;
  readonly #budget: RowBudget;
  readonly #parts = new BatchParts(ROWS_PER_PART);
  readonly #listeners = new Set<(commit: IngestCommit) => void>();
  #failing = 0;
  readonly #counters = { batches: 0, accepted: 0, duplicate: 0, tooOld: 0, invalid: 0, storeFailures: 0 };

  constructor(deps: IngestDeps) {
    const {
      labels = DEFAULT_LABEL_LIMITS,
      maxSeriesPerSource = 500_000,
      maxRowsPerBatch = 1_000_000,
      maxRowsInFlight = 500_000,
    } = deps.limits ?? {};
    this.#deps = deps;
    this.#budget = new RowBudget(maxRowsInFlight);
    this.#labelLimits = labels;
    this.#check = {
      columns: new LabelColumns(labels),
      seriesLimit: new SeriesLimit(maxSeriesPerSource),
      maxSeriesPerSource,
      maxRowsPerBatch,
      now: () => deps.clock.now(),
      admit: (source) => deps.sources.admit(source),
    };
  }

  /** False while the store refuses what is written and ingest waits to try again. */
  get isStoring(): boolean {
    return this.#failing === 0;
  }

  get counters(): IngestCounters {
    return { ...this.#counters, rowsInFlight: this.#budget.used, writersWaiting: this.#budget.waiting };
  }

  /**
   * Stores the sound rows of a batch durably and tells listeners, then resolves. A large batch is stored in parts, its watermark with
   * the last. While the store fails it tries again with growing waits, until the signal aborts.
   * @throws InvalidBatchError when the batch as a whole can never be taken.
   */
  async write(batch: IngestBatch, signal: AbortSignal): Promise<WriteReceipt> {
    using _room = await this.#budget.acquire(batch.labels.length, signal);
    assertShape(batch, this.#check);
    const [first = batch, ...others] = this.#parts.of(batch);
    let receipt = await this.#writePart(first, signal);
    for (const part of others) {
      await setImmediate();
      receipt = sumOf(receipt, await this.#writePart(part, signal));
    }
    return receipt;
  }

  /**
   * A label set as batches may name it, or why no sample of it can be taken. For senders who know their series: what was checked
   * once is not looked at again.
   */
  labelsOf(labelSet: LabelSet): Labels | string {
    return problemOf(labelSet, this.#labelLimits) ?? Labels.from(labelSet);
  }

  /** The newest watermark stored for a source, or `null`. */
  watermark(source: string, _signal?: AbortSignal): Promise<number | null> {
    return this.#deps.writer.watermark(source);
  }

  /** @throws InvalidBatchError for a new source when there are too many. */
  report(report: SourceReport): void {
    assertAdmitted(report.source, this.#check);
    this.#deps.sources.report(report);
  }

  /** Calls back synchronously after each durable commit, in order. Returns the function that ends it. */
  subscribe(listener: (commit: IngestCommit) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async #writePart(part: IngestBatch, signal: AbortSignal): Promise<WriteReceipt> {
    const checked = checkBatch(part, this.#check);
    const result = await this.#store(requestOf(part.source, checked), signal);
    this.#count(result, checked);
    this.#tell({
      source: part.source,
      rows: checked.rows,
      maxTimestampMs: checked.newestMs,
      watermarkMs: checked.watermarkMs ?? null,
      committedAt: this.#deps.clock.now(),
    });
    return { ...result, invalid: checked.invalid, problems: [...checked.problems] };
  }

  async #store(request: AppendRequest, signal: AbortSignal): Promise<AppendResult> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await this.#deps.writer.append(request);
      } catch (err) {
        this.#counters.storeFailures += 1;
        this.#deps.logger.error({ err, source: request.source }, 'store failed to take a batch; trying again');
        this.#failing += 1;
        await this.#wait(waitMs * (0.5 + this.#deps.random() / 2), signal).finally(() => {
          this.#failing -= 1;
        });
      }
    }
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.#deps.clock.after(delayMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      if (signal.aborted) {
        abort();
      } else {
        signal.addEventListener('abort', abort, { once: true });
      }
    });
  }

  #count(result: AppendResult, checked: CheckedBatch): void {
    this.#counters.batches += 1;
    this.#counters.accepted += result.accepted;
    this.#counters.duplicate += result.duplicate;
    this.#counters.tooOld += result.tooOld;
    this.#counters.invalid += checked.invalid;
  }

  #tell(commit: IngestCommit): void {
    this.#deps.sources.committed(commit);
    for (const listener of this.#listeners) {
      try {
        listener(commit);
      } catch (err) {
        // The rows are durable: a listener's bug must not make the sender send them again.
        this.#deps.logger.error({ err, source: commit.source }, 'a listener to ingest failed');
      }
    }
  }
}

function requestOf(source: string, { rows, metadata, watermarkMs }: CheckedBatch): AppendRequest {
  return { source, rows, metadata, ...(watermarkMs === undefined ? {} : { watermarkMs }) };
}

function sumOf(a: WriteReceipt, b: WriteReceipt): WriteReceipt {
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    tooOld: a.tooOld + b.tooOld,
    invalid: a.invalid + b.invalid,
    problems: [...a.problems, ...b.problems].slice(0, MAX_PROBLEMS),
  };
}
