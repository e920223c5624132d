import { readFile } from 'node:fs/promises';

/** A credential given in place or by file. Serialises and prints as `<secret>`; only `reveal` gives it away. */
export class Secret {
  readonly #source: { readonly value: string } | { readonly file: string };

  private constructor(source: { readonly value: string } | { readonly file: string }) {
    this.#source = source;
  }

  static ofValue(value: string): Secret {
    return new Secret({ value });
  }

  static ofFile(file: string): Secret {
    return new Secret({ file });
  }

  /** The value, byte for byte; a file is read anew each time (rotation), less one trailing line break. Rejects when it cannot be read. */
  async reveal(): Promise<string> {
    return 'value' in this.#source ? this.#source.value : (await readFile(this.#source.file, 'utf8')).replace(/\r?\n$/, '');
  }

  toJSON(): string {
    return '<secret>';
  }

  toString(): string {
    return '<secret>';
  }
}
