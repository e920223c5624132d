import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata, SampleBatch } from '@tila/contract/samples.ts';

/** A batch being filled. As long as its label sets are those of the batch before it, in their order, it shares their array. */
export class SampleColumns {
  readonly #before: readonly LabelSet[];
  /** Its own array from the first label set on that is another one. */
  #own: LabelSet[] | undefined;
  readonly timestamps: number[] = [];
  readonly values: number[] = [];

  /** @param before the label sets of the batch that this one will probably repeat */
  constructor(before: readonly LabelSet[] = []) {
    this.#before = before;
  }

  /** Never changed once handed out, unless `add` follows. */
  get labels(): readonly LabelSet[] {
    if (this.#own === undefined && this.size !== this.#before.length) {
      this.#own = this.#before.slice(0, this.size);
    }
    return this.#own ?? this.#before;
  }

  get size(): number {
    return this.values.length;
  }

  add(labels: LabelSet, timestampMs: number, value: number): void {
    if (this.#own !== undefined) {
      this.#own.push(labels);
    } else if (this.#before[this.size] !== labels) {
      this.#own = this.#before.slice(0, this.size);
      this.#own.push(labels);
    }
    this.timestamps.push(timestampMs);
    this.values.push(value);
  }

  toBatch(
    source: string,
    about: { watermarkMs?: number | undefined; metadata?: Record<string, MetricMetadata> | undefined },
  ): SampleBatch {
    const { labels, timestamps, values } = this;
    const { watermarkMs, metadata } = about;
    return {
      source,
      labels,
      timestamps,
      values,
      ...(watermarkMs === undefined ? {} : { watermarkMs }),
      ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
    };
  }
}
