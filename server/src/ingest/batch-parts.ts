import type { LabelSet } from '@tila/contract/labels.ts';
import { type IngestBatch, isLabelled } from './batch-check.ts';
import { hasRuns } from './label-columns.ts';

/** How a column of label sets was cut. */
interface Cut {
  readonly column: readonly LabelSet[];
  /** Where each part begins. */
  readonly starts: readonly number[];
  readonly parts: readonly (readonly LabelSet[])[];
}

/** A part's first label set is looked for so many rows away from where it was. */
const LOOK_AROUND = 1_000;

/**
 * Cuts large batches into parts that are checked and stored one after the other, so that each takes a few milliseconds. The same
 * column of label sets gives the same arrays each time; one with few changes is cut where the one before was.
 */
export class BatchParts {
  readonly #rows: number;
  readonly #byColumn = new WeakMap<readonly LabelSet[], Cut>();
  /** The last column that began with this label set. */
  readonly #byFirst = new WeakMap<LabelSet, Cut>();

  /** @param rows of one part, about */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** In order; the first has the metadata, the last the watermark. */
  of(batch: IngestBatch): readonly IngestBatch[] {
    const { labels } = batch;
    if (labels.length <= 2 * this.#rows) {
      return [batch];
    }
    if (isLabelled(batch)) {
      // Columns of single series do not come again.
      const starts = this.#even(labels.length);
      return starts.map((start, part) => {
        const end = starts[part + 1] ?? labels.length;
        return { ...partOf(batch, start, end), labels: batch.labels.slice(start, end) };
      });
    }
    const { starts, parts } = this.#cut(batch.labels);
    return parts.map((column, part) => {
      const start = starts[part] ?? 0;
      return { ...partOf(batch, start, start + column.length), labels: column };
    });
  }

  #cut(column: readonly LabelSet[]): Cut {
    const known = this.#byColumn.get(column);
    if (known !== undefined) {
      return known;
    }
    const [first] = column;
    const isObject = typeof first === 'object' && first !== null;
    const before = isObject ? this.#byFirst.get(first) : undefined;
    const starts = (before === undefined ? undefined : this.#follow(column, before)) ?? this.#even(column.length);
    const parts = starts.map((start, part) => column.slice(start, starts[part + 1]));
    const cut = { column, starts, parts };
    this.#byColumn.set(column, cut);
    // The column of a sender who catches up does not come again, and would stay as long as its first label set.
    if (isObject && !hasRuns(column)) {
      this.#byFirst.set(first, cut);
    }
    return cut;
  }

  /** The cuts of another column moved to this one; nothing when parts would come out of all proportion. */
  #follow(column: readonly LabelSet[], before: Cut): readonly number[] | undefined {
    const starts = [0];
    let moved = 0;
    for (const start of before.starts.slice(1)) {
      const at = indexAround(column, before.column[start], start + moved);
      moved = at - start;
      starts.push(at);
    }
    const isSound = starts.every((start, part) => {
      const length = (starts[part + 1] ?? column.length) - start;
      return length > 0 && length <= 2 * this.#rows;
    });
    return isSound ? starts : undefined;
  }

  #even(length: number): readonly number[] {
    const count = Math.ceil(length / this.#rows);
    return Array.from({ length: count }, (_, part) => Math.round((part * length) / count));
  }
}

/** Rows of a batch but for their labels; the first part has the metadata, the last the watermark. */
function partOf({ source, labels, timestamps, values, metadata, watermarkMs }: IngestBatch, from: number, to: number) {
  return {
    source,
    timestamps: timestamps.slice(from, to),
    values: values.slice(from, to),
    ...(from === 0 && metadata !== undefined && { metadata }),
    ...(to === labels.length && watermarkMs !== undefined && { watermarkMs }),
  };
}

/** The place nearest to `at` that holds a label set; `at` when there is none around. */
function indexAround(column: readonly LabelSet[], labelSet: LabelSet | undefined, at: number): number {
  for (let distance = 0; distance <= LOOK_AROUND; distance += 1) {
    if (column[at + distance] === labelSet) {
      return at + distance;
    }
    if (column[at - distance] === labelSet) {
      return at - distance;
    }
  }
  return at;
}
