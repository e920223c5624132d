/** Gives equal texts as one, so that they are held once. Begins anew when it has grown too large: what it gave stays as it is. */
export class TextPool {
  readonly #maxTexts: number;
  readonly #texts = new Map<string, string>();

  constructor(maxTexts: number) {
    this.#maxTexts = maxTexts;
  }

  one(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#texts.size >= this.#maxTexts) {
      this.#texts.clear();
    }
    this.#texts.set(text, text);
    return text;
  }
}
