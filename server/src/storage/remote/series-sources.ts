import { Labels, METRIC_NAME } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';

/** Which sources wrote which series. A remote store cannot tell, and rules must know whom to wait for. */
export class SeriesSources {
  /** Metric name to label set to the sources that wrote it. */
  readonly #byName = new Map<string, Map<string, Entry>>();
  /** What was looked up lately, by identity: a series comes as the same object again and again. */
  readonly #known = new Map<string, WeakSet<Labels>>();
  #age = 0;

  /** True when this source has not written the series before. */
  add(labels: Labels, source: string): boolean {
    const known = this.#known.get(source) ?? new WeakSet();
    this.#known.set(source, known);
    if (known.has(labels)) {
      return false;
    }
    known.add(labels);
    const entry = this.#entry(labels);
    const isNew = !entry.sources.has(source);
    entry.sources.add(source);
    entry.age = this.#age;
    return isNew;
  }

  /** Forgets the series that nobody has written since the call before this one's predecessor, and returns them. */
  forgetOld(): readonly Labels[] {
    this.#age += 1;
    this.#known.clear();
    const old: Labels[] = [];
    for (const [name, group] of this.#byName) {
      for (const [key, { labels, age }] of group) {
        if (age < this.#age - 1) {
          group.delete(key);
          old.push(labels);
        }
      }
      if (group.size === 0) {
        this.#byName.delete(name);
      }
    }
    return old;
  }

  /** The sources of all series that match. */
  matching(matchers: readonly Matcher[]): ReadonlySet<string> {
    const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=')?.value;
    const groups = name === undefined ? [...this.#byName.values()] : [this.#byName.get(name) ?? new Map<string, Entry>()];
    const found = new Set<string>();
    for (const group of groups) {
      for (const { labels, sources } of group.values()) {
        if (matchers.every((matcher) => matcher.matches(labels.get(matcher.name)))) {
          for (const source of sources) {
            found.add(source);
          }
        }
      }
    }
    return found;
  }

  #entry(labels: Labels): Entry {
    const group = this.#byName.get(labels.metricName) ?? new Map<string, Entry>();
    this.#byName.set(labels.metricName, group);
    const entry = group.get(labels.key) ?? { labels, sources: new Set<string>(), age: this.#age };
    group.set(labels.key, entry);
    return entry;
  }
}

interface Entry {
  readonly labels: Labels;
  readonly sources: Set<string>;
  age: number;
}

/** Labels as text for a database, and back. */
export function labelsToText(labels: Labels): string {
  return JSON.stringify([...labels.entries()]);
}

export function labelsFromText(text: string): Labels {
  // Written by labelsToText above.
  return Labels.fromEntries(JSON.parse(text) as [string, string][]);
}
