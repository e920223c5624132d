import type { Selection, SeriesReader, SeriesSamples } from '../model/series-store.ts';
import { type EvaluationOptions, type EvaluationRange, PromqlEngine, type QueryResult } from './engine.ts';
import type { ShareAsk, SharedSamples } from './shares.ts';

const room = (points: number) => new Float64Array(points).fill(Number.NaN);

/** Evaluates every query in so many shares, all in this thread; how often it could is counted. */
export class DividedQueries {
  readonly #reader: Pick<SeriesReader, 'select'>;
  readonly #shares: number;
  divided = 0;

  constructor(reader: Pick<SeriesReader, 'select'>, shares: number) {
    this.#reader = reader;
    this.#shares = shares;
  }

  evaluate(text: string, range: EvaluationRange, options: EvaluationOptions = {}): Promise<QueryResult> {
    const select = async (selection: Selection, ask: ShareAsk): Promise<SharedSamples> => {
      const all = await this.#reader.select(selection);
      const [own = [], ...others] = this.#split(all);
      this.divided += 1;
      const answers = others.map((samples) => {
        const engine = new PromqlEngine({ reader: { select: async () => samples } });
        return engine.share(text, range, { ...options, selection: ask.selection, room });
      });
      return { own, others: answers };
    };
    return new PromqlEngine({ reader: this.#reader, sharing: { select, room } }).evaluate(text, range, options);
  }

  /** Shares of unequal size, some of them empty now and then. */
  #split(all: readonly SeriesSamples[]): readonly (readonly SeriesSamples[])[] {
    const shares: (readonly SeriesSamples[])[] = [];
    let from = 0;
    for (let share = 1; share <= this.#shares; share += 1) {
      const to = share === this.#shares ? all.length : Math.min(all.length, from + ((all.length + share) % 5));
      shares.push(all.slice(from, to));
      from = to;
    }
    return shares;
  }
}
