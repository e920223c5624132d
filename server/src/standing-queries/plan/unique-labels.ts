import type { Labels } from '../../model/labels.ts';

/** Tells when two present rows share labels. Labels are made and numbered when a row is present for the first time. */
export class UniqueLabels {
  readonly #make: (row: number) => Labels;
  readonly #labels: (Labels | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  /** By row, 1 + the number of its label set, 0 while not known. */
  #numberOf: Int32Array = new Int32Array(16);
  #seen: Int32Array = new Int32Array(16);
  #round = 0;

  constructor(make: (row: number) => Labels) {
    this.#make = make;
  }

  at(row: number): Labels {
    const known = this.#labels[row] ?? this.#make(row);
    this.#labels[row] = known;
    return known;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#labels.length = 0;
    this.#numbers.clear();
    this.#numberOf.fill(0);
  }

  /** Begins an evaluation over this many rows. */
  begin(rows: number): void {
    this.#round += 1;
    this.#numberOf = grown(this.#numberOf, rows);
    this.#seen = grown(this.#seen, rows + 1);
  }

  /** Notes that a row is present. False when another with its labels is. */
  take(row: number): boolean {
    const number = this.#numberOf[row] || this.#numberFor(row);
    if (this.#seen[number] === this.#round) {
      return false;
    }
    this.#seen[number] = this.#round;
    return true;
  }

  #numberFor(row: number): number {
    const { key } = this.at(row);
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    this.#numberOf[row] = number;
    return number;
  }
}

function grown(column: Int32Array, length: number): Int32Array {
  if (column.length >= length) {
    return column;
  }
  const larger = new Int32Array(Math.ceil(length * 1.25));
  larger.set(column);
  return larger;
}
