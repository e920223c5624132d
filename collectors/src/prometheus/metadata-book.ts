import type { MetricMetadata } from '@tila/contract/samples.ts';

const NOTHING: Record<string, MetricMetadata> = {};

/** Metadata of metric families as it comes in pieces; hands on only what has changed. */
export class MetadataBook {
  readonly #known = new Map<string, MetricMetadata>();
  #changed = new Map<string, MetricMetadata>();

  add(family: string, patch: Partial<MetricMetadata>): void {
    const before = this.#known.get(family) ?? { type: 'unknown', help: '', unit: '' };
    const after = { ...before, ...patch };
    if (this.#known.has(family) && after.type === before.type && after.help === before.help && after.unit === before.unit) {
      return;
    }
    this.#known.set(family, after);
    this.#changed.set(family, after);
  }

  /** What was added or changed since the last call. */
  takeChanged(): Record<string, MetricMetadata> {
    if (this.#changed.size === 0) {
      return NOTHING;
    }
    const changed = Object.fromEntries(this.#changed);
    this.#changed = new Map();
    return changed;
  }
}
