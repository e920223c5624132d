import { integerOf, textOf } from './rows.ts';
import type { TsdbDatabase } from './tsdb-database.ts';

/** Where retention has come to: rows before `raw` are only in rollups, points of five minutes before `fiveMinutes` only in hourly ones. */
export interface HorizonTimes {
  readonly raw: number;
  readonly fiveMinutes: number;
}

/** The horizons in the database: multiples of an hour, so that no bucket lies on both sides. They never go back. */
export class Horizons implements HorizonTimes {
  readonly #database: TsdbDatabase;
  #times = new Map<string, number>();

  constructor(database: TsdbDatabase) {
    this.#database = database;
    this.reload();
  }

  get raw(): number {
    return this.#times.get('raw') ?? -Infinity;
  }

  get fiveMinutes(): number {
    return this.#times.get('fiveMinutes') ?? -Infinity;
  }

  /** Committed before the rows go, so that no reader looks for them there any more. */
  raise(name: keyof HorizonTimes, timestampMs: number): void {
    if (timestampMs > this[name]) {
      const write = this.#database.prepare('INSERT OR REPLACE INTO progress (name, value) VALUES (?, ?)');
      this.#database.backgroundTransaction(() => write.run(name, timestampMs));
      this.#times.set(name, timestampMs);
    }
  }

  /** For connections of other threads: takes over what the writer has committed. */
  reload(): void {
    const rows = this.#database.prepare('SELECT name, value FROM progress').all();
    this.#times = new Map(rows.map((row) => [textOf(row, 'name'), integerOf(row, 'value')]));
  }
}
