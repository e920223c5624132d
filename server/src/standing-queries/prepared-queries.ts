import type { PreparedQuery, PromqlEngine } from '../promql/engine.ts';

const MAX_PREPARED = 10_000;

/** Parses each expression once and keeps it, the least recently used going first when there are very many. */
export class PreparedQueries {
  readonly #engine: Pick<PromqlEngine, 'prepare'>;
  /** A rule asks for the same text several times in turn. */
  #lastText = '';
  #lastQuery: PreparedQuery | undefined;
  readonly #byText = new Map<string, PreparedQuery>();

  constructor(engine: Pick<PromqlEngine, 'prepare'>) {
    this.#engine = engine;
  }

  /** @throws PromqlParseError */
  get(text: string): PreparedQuery {
    if (text === this.#lastText && this.#lastQuery !== undefined) {
      return this.#lastQuery;
    }
    const query = this.#byText.get(text) ?? this.#engine.prepare(text);
    this.#lastText = text;
    this.#lastQuery = query;
    this.#byText.delete(text);
    this.#byText.set(text, query);
    const [oldest] = this.#byText.keys();
    if (this.#byText.size > MAX_PREPARED && oldest !== undefined) {
      this.#byText.delete(oldest);
    }
    return query;
  }
}
