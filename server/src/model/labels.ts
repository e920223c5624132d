/** The label name that carries the metric name. */
export const METRIC_NAME = '__name__';

// One byte in memory; where a text has it inside, the other stands for it.
const SEPARATOR = '\u00ff';
// A lone surrogate: never inside well-formed text, so no value can imitate a separator.
const SAFE_SEPARATOR = '\udfff';
/** Chosen anew by every process, so that nobody can prepare label sets with equal hashes. */
const HASH_SEED = Math.floor(Math.random() * 2 ** 31);

/**
 * An immutable, sorted set of labels. Two sets are the same series exactly when their `key`s are equal.
 * Labels with an empty value do not exist (Prometheus' rule: `a=""` means "no label a").
 * Sorting is by UTF-16 code unit, names first. Building costs O(n log n); `get` is a scan, which wins for the usual 5-15 labels.
 */
export class Labels {
  static readonly EMPTY = new Labels([]);

  /** name, value, name, value, … sorted by name. */
  #flat: readonly string[];
  #key: string | undefined;
  /** 0 until it is asked for. */
  #hash = 0;

  private constructor(flat: readonly string[]) {
    this.#flat = flat;
  }

  /** Builds from an object, dropping empty values. */
  static from(labels: Readonly<Record<string, string>>): Labels {
    const flat: string[] = [];
    for (const name of risingNames(labels)) {
      const value = labels[name];
      if (value !== undefined && value !== '') {
        flat.push(name, value);
      }
    }
    return Labels.fromPairs(flat);
  }

  /** Takes name, value, name, value, … as they are: the caller promises that names rise and no value is empty. */
  static fromPairs(flat: readonly string[]): Labels {
    return flat.length === 0 ? Labels.EMPTY : new Labels(flat);
  }

  /** Builds from pairs, dropping empty values. A name given twice keeps its last value. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const unique = new Map<string, string>(entries);
    const names = [...unique.keys()].filter((name) => unique.get(name) !== '').sort(compareText);
    return names.length === 0 ? Labels.EMPTY : new Labels(names.flatMap((name) => [name, unique.get(name) ?? '']));
  }

  /** Canonical text: equal for equal sets, unequal otherwise. Not meant to be shown. */
  get key(): string {
    this.#key ??= this.#flat.join(this.#flat.some((text) => text.includes(SEPARATOR)) ? SAFE_SEPARATOR : SEPARATOR);
    return this.#key;
  }

  /** Equal for equal sets; a whole number below 2^31 that holds for this process only. */
  get hash(): number {
    if (this.#hash === 0) {
      this.#hash = hashOf(this.#flat);
    }
    return this.#hash;
  }

  /** Takes pairs that are equal to its own but are held by other sets too. Nobody can tell but the garbage collector. */
  sharePairs(pairs: readonly string[]): void {
    this.#flat = pairs;
  }

  /** name, value, name, value, … sorted by name: for loops over very many series. */
  get pairs(): readonly string[] {
    return this.#flat;
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  /** The value of a label, or the empty string when it is absent. */
  get(name: string): string {
    for (let i = 0; i < this.#flat.length; i += 2) {
      if (this.#flat[i] === name) {
        return this.#flat[i + 1] ?? '';
      }
    }
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** The metric name, or the empty string. */
  get metricName(): string {
    return this.get(METRIC_NAME);
  }

  *entries(): Generator<readonly [string, string]> {
    for (let i = 0; i < this.#flat.length; i += 2) {
      yield [this.#flat[i] ?? '', this.#flat[i + 1] ?? ''];
    }
  }

  /** Only the labels whose names are given. */
  only(names: Iterable<string>): Labels {
    const wanted = new Set(names);
    return this.#filter((name) => wanted.has(name));
  }

  /** All but the labels whose names are given. */
  without(names: Iterable<string>): Labels {
    const dropped = new Set(names);
    return this.#filter((name) => !dropped.has(name));
  }

  withoutMetricName(): Labels {
    return this.#flat.includes(METRIC_NAME) ? this.#filter((name) => name !== METRIC_NAME) : this;
  }

  /** A copy with the given labels set over this set; an empty value removes the label. */
  with(overlay: Readonly<Record<string, string>>): Labels {
    return Labels.fromEntries([...this.entries(), ...Object.entries(overlay)]);
  }

  equals(other: Labels): boolean {
    return this === other || (this.hash === other.hash && areEqual(this.#flat, other.#flat));
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.entries());
  }

  /** Prometheus notation: `name{a="b",c="d"}`, values escaped as Go strings. */
  toString(): string {
    const body = [...this.entries()]
      .filter(([name]) => name !== METRIC_NAME)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return body.length === 0 && this.metricName !== '' ? this.metricName : `${this.metricName}{${body.join(', ')}}`;
  }

  #filter(keep: (name: string) => boolean): Labels {
    const flat: string[] = [];
    for (let i = 0; i < this.#flat.length; i += 2) {
      const name = this.#flat[i] ?? '';
      if (keep(name)) {
        flat.push(name, this.#flat[i + 1] ?? '');
      }
    }
    return flat.length === 0 ? Labels.EMPTY : new Labels(flat);
  }
}

/** Total order of label sets as Prometheus sorts them: name by name, value by value, shorter first. */
export function compareLabels(a: Labels, b: Labels): number {
  const left = a.pairs;
  const right = b.pairs;
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const order = compareText(left[i] ?? '', right[i] ?? '');
    if (order !== 0) {
      return order;
    }
  }
  return Math.sign(left.length - right.length);
}

/** Label sets that come from a store or a parser are mostly sorted already. */
function risingNames(labels: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i += 1) {
    if ((names[i - 1] ?? '') >= (names[i] ?? '')) {
      return names.sort();
    }
  }
  return names;
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) {
    return false;
  }
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] !== b[i]) {
      return false;
    }
  }
  return true;
}

function hashOf(texts: readonly string[]): number {
  let hash = HASH_SEED;
  for (const text of texts) {
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x85_eb_ca_6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ text.length, 0xc2_b2_ae_35);
  }
  hash ^= hash >>> 16;
  return hash & 0x7f_ff_ff_ff || 1;
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
