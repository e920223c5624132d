import type { MemorySeries } from './memory-series.ts';
import { NameSets } from './name-sets.ts';

/** The series of one label value, ascending by ref, because refs rise and series are added as they are made. */
export interface Posting {
  readonly value: string;
  series: MemorySeries[];
}

/** The values of one label name. */
export interface LabelPostings {
  readonly name: string;
  readonly values: Map<string, Posting>;
  /** The list that grew last: the next series nearly always has the same value. */
  newest?: Posting | undefined;
}

/** Names that many series share, and their lists. */
interface NamedLists {
  readonly names: readonly string[];
  readonly labels: readonly LabelPostings[];
}

/** There are about as many sets of names as metrics. */
const MAX_SETS = 20_000;

/** For each label pair the series that have it. Labels of added series come to hold the strings of the lists. */
export class Postings {
  readonly #names = new Map<string, LabelPostings>();
  readonly #nameSets = new NameSets();
  /** By the array of names that series share. */
  readonly #lists = new Map<readonly string[], NamedLists>();

  names(): Iterable<LabelPostings> {
    return this.#names.values();
  }

  of(name: string): LabelPostings | undefined {
    return this.#names.get(name);
  }

  seriesOf(name: string, value: string): readonly MemorySeries[] {
    return this.#names.get(name)?.values.get(value)?.series ?? [];
  }

  add(series: MemorySeries): void {
    const { values } = series.labels;
    const { names, labels } = this.#listsOf(series.labels.names);
    const held: string[] = [];
    for (let i = 0; i < labels.length; i += 1) {
      // Below its length.
      const posting = postingOf(labels[i] as LabelPostings, values[i] ?? '');
      posting.series.push(series);
      held.push(posting.value);
    }
    // A copy has no spare room, as an array that grew has.
    series.labels.shareTexts(names, held.slice());
  }

  /** Takes out series that are no longer alive; each touched list is filtered once, however many go. */
  remove(gone: readonly MemorySeries[]): void {
    const touched = new Map<Posting, LabelPostings>();
    for (const { labels } of gone) {
      for (const [i, name] of labels.names.entries()) {
        const label = this.#names.get(name);
        const posting = label?.values.get(labels.values[i] ?? '');
        if (label !== undefined && posting !== undefined) {
          touched.set(posting, label);
        }
      }
    }
    for (const [posting, label] of touched) {
      posting.series = posting.series.filter(({ isAlive }) => isAlive);
      if (posting.series.length === 0) {
        label.values.delete(posting.value);
        label.newest = undefined;
      }
      if (label.values.size === 0) {
        this.#names.delete(label.name);
        this.#lists.clear();
      }
    }
  }

  #listsOf(names: readonly string[]): NamedLists {
    const known = this.#lists.get(names);
    if (known !== undefined) {
      return known;
    }
    const shared = this.#nameSets.of(names);
    const lists = this.#lists.get(shared) ?? { names: shared, labels: shared.map((name) => this.#label(name)) };
    if (this.#lists.size >= MAX_SETS) {
      this.#lists.clear();
    }
    this.#lists.set(shared, lists);
    return lists;
  }

  #label(name: string): LabelPostings {
    const known = this.#names.get(name);
    if (known !== undefined) {
      return known;
    }
    const made: LabelPostings = { name, values: new Map() };
    this.#names.set(name, made);
    return made;
  }
}

function postingOf(label: LabelPostings, value: string): Posting {
  if (label.newest?.value === value) {
    return label.newest;
  }
  let posting = label.values.get(value);
  if (posting === undefined) {
    posting = { value, series: [] };
    label.values.set(value, posting);
  }
  label.newest = posting;
  return posting;
}
