import type { WatchedSeries } from '../../model/hot-series.ts';
import type { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { MemorySeries } from './memory-series.ts';
import { SeriesWatches } from './series-watches.ts';

/** The series of one label value. Ascending by ref, because refs rise and series are added as they are made. */
type Postings = MemorySeries[];

/**
 * All series, found by label set, by ref, by metric, and by matchers through one postings list per label pair.
 * Looking up the same `Labels` object again costs one WeakMap read and no hashing.
 */
export class SeriesIndex {
  readonly #byKey = new Map<string, MemorySeries>();
  readonly #byRef = new Map<number, MemorySeries>();
  readonly #byLabels = new WeakMap<Labels, MemorySeries>();
  readonly #byMetric = new Map<string, Postings>();
  readonly #postings = new Map<string, Map<string, Postings>>();
  readonly #watches = new SeriesWatches();

  get size(): number {
    return this.#byKey.size;
  }

  all(): Iterable<MemorySeries> {
    return this.#byKey.values();
  }

  find(labels: Labels): MemorySeries | undefined {
    const cached = this.#byLabels.get(labels);
    if (cached?.isAlive === true) {
      return cached;
    }
    const series = this.#byKey.get(labels.key);
    if (series !== undefined) {
      this.#byLabels.set(labels, series);
    }
    return series;
  }

  byRef(ref: number): MemorySeries | undefined {
    return this.#byRef.get(ref);
  }

  metrics(): readonly string[] {
    return [...this.#byMetric.keys()];
  }

  ofMetric(metric: string): readonly MemorySeries[] {
    return this.#byMetric.get(metric) ?? [];
  }

  add(series: MemorySeries): void {
    this.#byKey.set(series.labels.key, series);
    this.#byRef.set(series.ref, series);
    this.#byLabels.set(series.labels, series);
    listAt(this.#byMetric, series.labels.metricName).push(series);
    for (const [name, value] of series.labels.entries()) {
      listAt(valuesAt(this.#postings, name), value).push(series);
    }
  }

  /** Tells those who watch selections of series that were added and whose commit is durable. */
  announce(series: readonly MemorySeries[]): void {
    this.#watches.added(series);
  }

  /** The series that satisfy every matcher, from now on too. */
  watch(matchers: readonly Matcher[]): WatchedSeries {
    return this.#watches.watch(matchers, () => this.matching(matchers).toSorted((a, b) => a.ref - b.ref));
  }

  /** Removes series; each touched postings list is filtered once, however many go. */
  remove(gone: readonly MemorySeries[]): void {
    const touched = new Map<string, Set<string>>();
    const metrics = new Set<string>();
    for (const series of gone) {
      series.isAlive = false;
      this.#byKey.delete(series.labels.key);
      this.#byRef.delete(series.ref);
      metrics.add(series.labels.metricName);
      for (const [name, value] of series.labels.entries()) {
        touched.set(name, (touched.get(name) ?? new Set()).add(value));
      }
    }
    removeDead(this.#byMetric, metrics);
    for (const [name, values] of touched) {
      const lists = valuesAt(this.#postings, name);
      removeDead(lists, values);
      if (lists.size === 0) {
        this.#postings.delete(name);
      }
    }
    this.#watches.removed(gone);
  }

  /** The series that satisfy every matcher. */
  matching(matchers: readonly Matcher[]): readonly MemorySeries[] {
    const { series, rest } = this.candidates(matchers);
    return rest.length === 0 ? series : series.filter(({ labels }) => matchesAll(rest, labels));
  }

  /** Few series among which are all that match, from the shortest postings list a matcher gives, and the matchers left to ask. */
  candidates(matchers: readonly Matcher[]): { readonly series: readonly MemorySeries[]; readonly rest: readonly Matcher[] } {
    const start = this.#shortestList(matchers);
    return { series: start.series, rest: matchers.filter((matcher) => matcher !== start.matcher) };
  }

  #shortestList(matchers: readonly Matcher[]): Candidate {
    let best: Candidate | undefined;
    // A matcher that accepts the empty string also accepts series without the label, which no list holds.
    const selective = matchers.filter((matcher) => !matcher.matches(''));
    for (const matcher of selective.filter(({ operator }) => operator === '=')) {
      const series = this.#postings.get(matcher.name)?.get(matcher.value) ?? [];
      best = shorter(best, { matcher, series });
    }
    for (const matcher of selective.filter(({ operator }) => operator !== '=')) {
      const lists = this.#postings.get(matcher.name);
      // Asking a pattern about every value of a label only pays while the label has fewer values than there are series left.
      if (best === undefined || (lists?.size ?? 0) < best.series.length) {
        best = shorter(best, { matcher, series: union(lists, matcher) });
      }
    }
    return best ?? { matcher: undefined, series: [...this.#byKey.values()] };
  }
}

interface Candidate {
  readonly matcher: Matcher | undefined;
  readonly series: readonly MemorySeries[];
}

function shorter(a: Candidate | undefined, b: Candidate): Candidate {
  return a === undefined || b.series.length < a.series.length ? b : a;
}

/** Values of one label are disjoint sets of series, so no series comes twice. */
function union(lists: ReadonlyMap<string, Postings> | undefined, matcher: Matcher): readonly MemorySeries[] {
  const found: MemorySeries[][] = [];
  for (const [value, list] of lists ?? []) {
    if (matcher.matches(value)) {
      found.push(list);
    }
  }
  return found.length === 1 ? (found[0] ?? []) : found.flat();
}

function valuesAt(postings: Map<string, Map<string, Postings>>, name: string): Map<string, Postings> {
  const known = postings.get(name);
  if (known !== undefined) {
    return known;
  }
  const made = new Map<string, Postings>();
  postings.set(name, made);
  return made;
}

function listAt(lists: Map<string, Postings>, value: string): Postings {
  const known = lists.get(value);
  if (known !== undefined) {
    return known;
  }
  const made: Postings = [];
  lists.set(value, made);
  return made;
}

function removeDead(lists: Map<string, Postings>, values: Iterable<string>): void {
  for (const value of values) {
    const alive = (lists.get(value) ?? []).filter((series) => series.isAlive);
    if (alive.length === 0) {
      lists.delete(value);
    } else {
      lists.set(value, alive);
    }
  }
}
