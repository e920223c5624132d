import type { LabelSet } from '@tila/contract/labels.ts';
import { Relabeler } from '../relabel/relabel.ts';
import type { RelabelConfig } from '../relabel/relabel-config.ts';

/**
 * The last steps every series of a source takes: the source's own `labels` are set over what the series has (the operator's
 * word is the newest), then the inventory's mapping rules run. A mapping rule may drop a series.
 */
export class SeriesMapping {
  readonly #labels: LabelSet;
  readonly #hasLabels: boolean;
  readonly #mapping: Relabeler;

  constructor(labels: LabelSet, mapping: readonly RelabelConfig[]) {
    this.#labels = labels;
    this.#hasLabels = Object.keys(labels).length > 0;
    this.#mapping = new Relabeler(mapping);
  }

  apply(labels: LabelSet): LabelSet | null {
    const mapped = this.#mapping.apply(this.#hasLabels ? { ...labels, ...this.#labels } : labels);
    return mapped === null ? null : withoutTemporary(mapped);
  }
}

/** Labels that begin with `__` serve relabelling only; all but the metric name go. */
export function withoutTemporary(labels: LabelSet): LabelSet {
  for (const name in labels) {
    if (!isKept(name, labels[name])) {
      return Object.fromEntries(Object.entries(labels).filter(([each, value]) => isKept(each, value)));
    }
  }
  return labels;
}

function isKept(name: string, value: string | undefined): boolean {
  return value !== '' && (!name.startsWith('__') || name === '__name__');
}
