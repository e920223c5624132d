import type { LabelSet } from '@tila/contract/labels.ts';
import { Relabeler } from '../relabel/relabel.ts';
import type { RelabelConfig } from '../relabel/relabel-config.ts';

/**
 * The last steps every series of a source takes: the source's own `labels` are set over what the series has (the operator's
 * word is the newest), then the inventory's mapping rules run. A mapping rule may drop a series.
 */
export class SeriesMapping {
  readonly #labels: LabelSet;
  readonly #mapping: Relabeler;

  constructor(labels: LabelSet, mapping: readonly RelabelConfig[]) {
    this.#labels = labels;
    this.#mapping = new Relabeler(mapping);
  }

  apply(labels: LabelSet): LabelSet | null {
    const mapped = this.#mapping.apply({ ...labels, ...this.#labels });
    return mapped === null ? null : withoutTemporary(mapped);
  }
}

/** Labels that begin with `__` serve relabelling only; all but the metric name go. */
export function withoutTemporary(labels: LabelSet): LabelSet {
  const kept = Object.entries(labels).filter(([name, value]) => value !== '' && (!name.startsWith('__') || name === '__name__'));
  return Object.fromEntries(kept);
}
