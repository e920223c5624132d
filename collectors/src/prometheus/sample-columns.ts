import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata, SampleBatch } from '@tila/contract/samples.ts';
import { RepeatedList } from './repeated-list.ts';

/** A batch being filled. As long as its label sets are those of the batch before it, in their order, it shares their array. */
export class SampleColumns {
  readonly #labels: RepeatedList<LabelSet>;
  readonly #timestamps: number[];
  readonly #values: number[];
  #size = 0;

  /** @param before the label sets of the batch that this one will probably repeat */
  constructor(before: readonly LabelSet[] = []) {
    this.#labels = new RepeatedList(before);
    this.#timestamps = roomFor(before.length);
    this.#values = roomFor(before.length);
  }

  /** Never changed once handed out, unless `add` follows. */
  get labels(): readonly LabelSet[] {
    return this.#labels.items;
  }

  get size(): number {
    return this.#size;
  }

  add(labels: LabelSet, timestampMs: number, value: number): void {
    this.#labels.push(labels);
    this.#timestamps[this.#size] = timestampMs;
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  /** The last thing done to it. */
  toBatch(
    source: string,
    about: { watermarkMs?: number | undefined; metadata?: Record<string, MetricMetadata> | undefined },
  ): SampleBatch {
    const { watermarkMs, metadata } = about;
    this.#timestamps.length = this.#size;
    this.#values.length = this.#size;
    return {
      source,
      labels: this.labels,
      timestamps: this.#timestamps,
      values: this.#values,
      ...(watermarkMs === undefined ? {} : { watermarkMs }),
      ...(metadata === undefined || isEmpty(metadata) ? {} : { metadata }),
    };
  }
}

/**
 * An array for so many numbers: one that grows is copied time and again. V8 takes it for doubles from its first item; made with a
 * length alone it would be one for small integers, and copied once more.
 */
function roomFor(rows: number): number[] {
  const column = [0.5];
  column.length = rows;
  return column;
}

function isEmpty(object: object): boolean {
  for (const _ in object) {
    return false;
  }
  return true;
}
