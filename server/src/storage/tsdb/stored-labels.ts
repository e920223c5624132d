import type { Labels } from '../../model/labels.ts';
import { TextPool } from '../../model/text-pool.ts';
import { LabelTexts } from './label-texts.ts';
import { NameSets } from './name-sets.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

const REFS_PER_READ = 2_000;
const MAX_LABEL_SETS = 250_000;
const MAX_TEXTS = 500_000;

/**
 * Label sets by ref, read from the database as they are asked for and kept, the longest known going first. A ref never comes to
 * mean another series, so what is kept never gets old. Equal texts are held once.
 */
export class StoredLabels {
  readonly #database: Pick<TsdbDatabase, 'prepare'>;
  readonly #byRef = new Map<number, Labels>();
  readonly #texts = new TextPool(MAX_TEXTS);
  readonly #names = new NameSets();
  readonly #labelTexts = new LabelTexts();

  constructor(database: Pick<TsdbDatabase, 'prepare'>) {
    this.#database = database;
  }

  /** The labels of each ref in turn, undefined where retention has removed the series. `checkpoint` is called now and then and may throw. */
  of(refs: Uint32Array, checkpoint: () => void): readonly (Labels | undefined)[] {
    const found: (Labels | undefined)[] = [];
    let missed = 0;
    for (const ref of refs) {
      const labels = this.#byRef.get(ref);
      found.push(labels);
      missed += labels === undefined ? 1 : 0;
    }
    if (missed === 0) {
      return found;
    }
    const missing = refs.filter((_, at) => found[at] === undefined);
    const read = new Map<number, Labels>();
    for (let from = 0; from < missing.length; from += REFS_PER_READ) {
      checkpoint();
      this.#read(missing.subarray(from, from + REFS_PER_READ), read);
    }
    return Array.from(refs, (ref, at) => found[at] ?? read.get(ref));
  }

  #read(refs: Uint32Array, into: Map<number, Labels>): void {
    const statement = this.#database.prepare(
      'SELECT series.ref, series.labels FROM json_each(?) AS wanted JOIN series ON series.ref = wanted.value',
    );
    statement.setReturnArrays(true);
    // Of arrays, as asked for, with the columns' types, which the table is strict about.
    const rows = statement.all(`[${refs.join()}]`) as unknown as readonly (readonly [ref: number, labels: string])[];
    for (const [ref, json] of rows) {
      const labels = this.#parse(json);
      into.set(ref, labels);
      this.#byRef.set(ref, labels);
    }
    for (const oldest of this.#byRef.keys()) {
      if (this.#byRef.size <= MAX_LABEL_SETS) {
        break;
      }
      this.#byRef.delete(oldest);
    }
  }

  #parse(json: string): Labels {
    const labels = this.#labelTexts.parse(json);
    const names = this.#labelTexts.knows(labels) ? labels.names : this.#names.of(labels.names);
    labels.shareTexts(
      names,
      labels.values.map((value) => this.#texts.one(value)),
    );
    this.#labelTexts.learn(labels);
    return labels;
  }
}
