import type { WatchedSeries } from '../../model/hot-series.ts';
import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import { LabelsTable } from './labels-table.ts';
import type { MemorySeries } from './memory-series.ts';
import { type LabelPostings, type Posting, Postings } from './postings.ts';
import { SeriesWatches } from './series-watches.ts';

/** All series, found by label set, by ref, by metric, and by matchers through one postings list per label pair. */
export class SeriesIndex {
  readonly #byLabels = new LabelsTable<MemorySeries>();
  /** Ascending by ref, because refs rise. Another array after series went. */
  #series: MemorySeries[] = [];
  readonly #nameless = new Set<MemorySeries>();
  readonly #postings = new Postings();
  readonly #watches = new SeriesWatches();
  #additions = 0;
  #removals = 0;

  get size(): number {
    return this.#series.length;
  }

  /** Rises when a series is added. */
  get additions(): number {
    return this.#additions;
  }

  /** Rises when series are removed: until then, what was found once is still right. */
  get removals(): number {
    return this.#removals;
  }

  /** Ascending by ref. */
  all(): Iterable<MemorySeries> {
    return this.#series;
  }

  /** The series with these labels, which come to share its texts. */
  find(labels: Labels): MemorySeries | undefined {
    const series = this.#byLabels.find(labels);
    if (series !== undefined && series.labels !== labels) {
      labels.shareTexts(series.labels.names, series.labels.values);
    }
    return series;
  }

  byRef(ref: number): MemorySeries | undefined {
    // Where none has gone.
    const expected = this.#series[ref - (this.#series[0]?.ref ?? 0)];
    if (expected?.ref === ref) {
      return expected;
    }
    let low = 0;
    let high = this.#series.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#series[middle]?.ref ?? Infinity) < ref) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const found = this.#series[low];
    return found?.ref === ref ? found : undefined;
  }

  metrics(): readonly string[] {
    const named = [...(this.#postings.of(METRIC_NAME)?.values.keys() ?? [])];
    return this.#nameless.size === 0 ? named : ['', ...named];
  }

  ofMetric(metric: string): readonly MemorySeries[] {
    return metric === '' ? [...this.#nameless] : this.#postings.seriesOf(METRIC_NAME, metric);
  }

  /** The label names and values of all series, with their series. */
  labels(): Iterable<LabelPostings> {
    return this.#postings.names();
  }

  add(series: MemorySeries): void {
    this.#additions += 1;
    this.#byLabels.add(series);
    this.#series.push(series);
    this.#postings.add(series);
    if (!series.labels.has(METRIC_NAME)) {
      this.#nameless.add(series);
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

  remove(gone: readonly MemorySeries[]): void {
    for (const series of gone) {
      series.isAlive = false;
      this.#byLabels.delete(series);
      this.#nameless.delete(series);
    }
    if (gone.length > 0) {
      this.#series = this.#series.filter(({ isAlive }) => isAlive);
    }
    this.#postings.remove(gone);
    this.#removals += 1;
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
      const series = this.#postings.seriesOf(matcher.name, matcher.value);
      best = shorter(best, { matcher, series });
    }
    for (const matcher of selective.filter(({ operator }) => operator !== '=')) {
      const lists = this.#postings.of(matcher.name)?.values;
      // Asking a pattern about every value of a label only pays while the label has fewer values than there are series left.
      if (best === undefined || (lists?.size ?? 0) < best.series.length) {
        best = shorter(best, { matcher, series: union(lists, matcher) });
      }
    }
    return best ?? { matcher: undefined, series: this.#series.slice() };
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
function union(lists: ReadonlyMap<string, Posting> | undefined, matcher: Matcher): readonly MemorySeries[] {
  const found: MemorySeries[][] = [];
  for (const { value, series } of lists?.values() ?? []) {
    if (matcher.matches(value)) {
      found.push(series);
    }
  }
  return found.length === 1 ? (found[0] ?? []) : found.flat();
}
