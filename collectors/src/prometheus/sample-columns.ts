import type { LabelSet } from '@tila/contract/labels.ts';
import type { MetricMetadata, SampleBatch } from '@tila/contract/samples.ts';

/** A batch being filled. */
export class SampleColumns {
  readonly labels: LabelSet[] = [];
  readonly timestamps: number[] = [];
  readonly values: number[] = [];

  get size(): number {
    return this.values.length;
  }

  add(labels: LabelSet, timestampMs: number, value: number): void {
    this.labels.push(labels);
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
