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
 * Names and values lie apart, so that the many series of a metric can hold one array of names.
 */
export class Labels {
  static readonly EMPTY = new Labels([], []);

  #names: readonly string[];
  /** In the order of their names. */
  #values: readonly string[];
  #key: string | undefined;
  /** 0 until it is asked for. */
  #hash = 0;

  private constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names;
    this.#values = values;
  }

  /** Builds from an object, dropping empty values. */
  static from(labels: Readonly<Record<string, string>>): Labels {
    const names = risingNames(labels);
    const values: string[] = [];
    for (const name of names) {
      values.push(labels[name] ?? '');
    }
    return Labels.fromSorted(names, values);
  }

  /** Builds from names that rise and their values, dropping empty ones. Keeps the arrays: they must not change any more. */
  static fromSorted(names: readonly string[], values: readonly string[]): Labels {
    if (values.includes('')) {
      const kept = names.filter((_, i) => (values[i] ?? '') !== '');
      return Labels.fromSorted(
        kept,
        values.filter((value) => value !== ''),
      );
    }
    return names.length === 0 ? Labels.EMPTY : new Labels(names, values);
  }

  /** Builds from pairs, dropping empty values. A name given twice keeps its last value. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const unique = new Map<string, string>(entries);
    const names = [...unique.keys()].sort(compareText);
    return Labels.fromSorted(
      names,
      names.map((name) => unique.get(name) ?? ''),
    );
  }

  /** Canonical text: equal for equal sets, unequal otherwise. Not meant to be shown. */
  get key(): string {
    this.#key ??= keyOf(this.#names, this.#values);
    return this.#key;
  }

  /** Equal for equal sets; a whole number below 2^31 that holds for this process only. */
  get hash(): number {
    if (this.#hash === 0) {
      this.#hash = hashOf(this.#names, this.#values);
    }
    return this.#hash;
  }

  /** Takes texts that are equal to its own but are held by other sets too. Nobody can tell but the garbage collector. */
  shareTexts(names: readonly string[], values: readonly string[]): void {
    this.#names = names;
    this.#values = values;
  }

  /** Sorted: for loops over very many series. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** In the order of `names`. */
  get values(): readonly string[] {
    return this.#values;
  }

  get size(): number {
    return this.#names.length;
  }

  /** The value of a label, or the empty string when it is absent. */
  get(name: string): string {
    const names = this.#names;
    for (let i = 0; i < names.length; i += 1) {
      if (names[i] === name) {
        return this.#values[i] ?? '';
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
    for (let i = 0; i < this.#names.length; i += 1) {
      yield [this.#names[i] ?? '', this.#values[i] ?? ''];
    }
  }

  /** Only the labels whose names are given. */
  only(names: Iterable<string>): Labels {
    const wanted = new Set(names);
    return filtered(this, (name) => wanted.has(name));
  }

  /** All but the labels whose names are given. */
  without(names: Iterable<string>): Labels {
    const dropped = new Set(names);
    return filtered(this, (name) => !dropped.has(name));
  }

  withoutMetricName(): Labels {
    return this.#names.includes(METRIC_NAME) ? filtered(this, (name) => name !== METRIC_NAME) : this;
  }

  /** A copy with the given labels set over this set; an empty value removes the label. */
  with(overlay: Readonly<Record<string, string>>): Labels {
    return Labels.fromEntries([...this.entries(), ...Object.entries(overlay)]);
  }

  equals(other: Labels): boolean {
    return (
      this === other || (this.hash === other.hash && areEqual(this.#values, other.#values) && areEqual(this.#names, other.#names))
    );
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
}

function filtered({ names, values }: Labels, keep: (name: string) => boolean): Labels {
  const keptNames: string[] = [];
  const keptValues: string[] = [];
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] ?? '';
    if (keep(name)) {
      keptNames.push(name);
      keptValues.push(values[i] ?? '');
    }
  }
  return Labels.fromSorted(keptNames, keptValues);
}

/** Total order of label sets as Prometheus sorts them: name by name, value by value, shorter first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.size, b.size);
  for (let i = 0; i < shared; i += 1) {
    const order = compareText(a.names[i] ?? '', b.names[i] ?? '') || compareText(a.values[i] ?? '', b.values[i] ?? '');
    if (order !== 0) {
      return order;
    }
  }
  return Math.sign(a.size - b.size);
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
  if (a === b) {
    return true;
  }
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

function keyOf(names: readonly string[], values: readonly string[]): string {
  const isDangerous = names.some((text) => text.includes(SEPARATOR)) || values.some((text) => text.includes(SEPARATOR));
  const separator = isDangerous ? SAFE_SEPARATOR : SEPARATOR;
  const texts: string[] = [];
  for (let i = 0; i < names.length; i += 1) {
    texts.push(names[i] ?? '', values[i] ?? '');
  }
  return texts.join(separator);
}

function hashOf(names: readonly string[], values: readonly string[]): number {
  let hash = HASH_SEED;
  for (let i = 0; i < names.length; i += 1) {
    hash = withText(withText(hash, names[i] ?? ''), values[i] ?? '');
  }
  hash ^= hash >>> 16;
  return hash & 0x7f_ff_ff_ff || 1;
}

function withText(before: number, text: string): number {
  let hash = before;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x85_eb_ca_6b);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash ^ text.length, 0xc2_b2_ae_35);
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
