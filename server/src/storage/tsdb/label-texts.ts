import { Labels, METRIC_NAME } from '../../model/labels.ts';

/** Reads label sets as the appender writes them. Series of one metric mostly have the same names: then they are not sorted and checked again. */
export class LabelTexts {
  readonly #namesOf = new Map<string, readonly string[]>();

  parse(json: string): Labels {
    // The appender wrote it from a Labels object; SQLite's own checks cover the text.
    const parsed = JSON.parse(json) as Record<string, string>;
    const names = this.#namesOf.get(parsed[METRIC_NAME] ?? '') ?? [];
    const values = valuesOf(parsed, names);
    return values === undefined ? Labels.from(parsed) : Labels.fromSorted(names, values);
  }

  /** Whether the names are the array that was learnt for the metric. */
  knows(labels: Labels): boolean {
    return this.#namesOf.get(labels.metricName) === labels.names;
  }

  /** Takes the names of a label set for those of its metric. */
  learn(labels: Labels): void {
    if (!this.knows(labels)) {
      this.#namesOf.set(labels.metricName, labels.names);
    }
  }
}

/** The values when the names are these in this order, else undefined. */
function valuesOf(labels: Readonly<Record<string, string>>, names: readonly string[]): string[] | undefined {
  const values: string[] = [];
  for (const name in labels) {
    if (name !== names[values.length]) {
      return undefined;
    }
    values.push(labels[name] ?? '');
  }
  return values.length === names.length ? values : undefined;
}
