/** Distinct texts kept at most. Whoever has more has texts that do not repeat. */
const MAX_TEXTS = 50_000;

/** Gives equal texts one string, so that label values which thousands of series have are in memory once. */
export class TextPool {
  readonly #texts = new Map<string, string>();

  same(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#texts.size >= MAX_TEXTS) {
      this.#texts.clear();
    }
    const copy = copyOf(text);
    this.#texts.set(copy, copy);
    return copy;
  }
}

/** A slice keeps the whole text alive that it was cut from in V8; what outlives that is copied. */
export function copyOf(slice: string): string {
  return Buffer.from(slice, 'utf8').toString('utf8');
}
