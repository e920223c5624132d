/** Where an execution writes. `text` is the template's own text, `value` what an action printed. */
export interface Output {
  writeText(text: string): void;
  writeValue(text: string, safe: 'html' | 'url' | null): void;
  readonly length: number;
  toString(): string;
}

/** Plain text: nothing is escaped. */
export class TextOutput implements Output {
  readonly #parts: string[] = [];
  #length = 0;

  writeText(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  writeValue(text: string): void {
    this.writeText(text);
  }

  get length(): number {
    return this.#length;
  }

  toString(): string {
    return this.#parts.join('');
  }
}
