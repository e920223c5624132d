/** There are about as many sets of label names as metrics. */
const MAX_SETS = 20_000;
const SEPARATOR = '\u00ff';

/** Equal lists of label names as one array, for the many series that have them. */
export class NameSets {
  readonly #byText = new Map<string, readonly string[]>();

  /** Gives the array it was given first for equal ones. Keeps it: it must not change any more. */
  of(names: readonly string[]): readonly string[] {
    const text = names.join(SEPARATOR);
    const known = this.#byText.get(text);
    if (known !== undefined && known.length === names.length && names.every((name, i) => name === known[i])) {
      return known;
    }
    if (this.#byText.size >= MAX_SETS) {
      this.#byText.clear();
    }
    this.#byText.set(text, names);
    return names;
  }
}
