/** Where the rows of a commit have their times. */
interface TimedRows {
  timestampAt(row: number): number;
}

/**
 * The rows from `from` up to `to`, not included, the older before the newer and rows of one time as they came; undefined when
 * that is how they lie. Senders that catch up give all rows of one series before those of the next.
 */
export function byTime(rows: TimedRows, from: number, to: number): Uint32Array | undefined {
  let isInOrder = true;
  for (let row = from + 1; row < to && isInOrder; row += 1) {
    isInOrder = rows.timestampAt(row) >= rows.timestampAt(row - 1);
  }
  return isInOrder ? undefined : sorted(rows, from, to);
}

/** Few times and many rows: counts the rows of each time, which says where each row belongs. */
function sorted(rows: TimedRows, from: number, to: number): Uint32Array {
  const times = new TimeNumbers();
  const numbers = new Uint32Array(to - from);
  const counts: number[] = [];
  for (let row = from; row < to; row += 1) {
    const number = times.numberOf(rows.timestampAt(row));
    numbers[row - from] = number;
    counts[number] = (counts[number] ?? 0) + 1;
  }
  const places = new Uint32Array(counts.length);
  let before = 0;
  for (const number of times.oldestFirst()) {
    places[number] = before;
    before += counts[number] ?? 0;
  }
  const order = new Uint32Array(to - from);
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0;
    const place = places[number] ?? 0;
    order[place] = from + at;
    places[number] = place + 1;
  }
  return order;
}

/** Numbers times from 0 on as they come. The time after one is mostly the one that came after it before: then nothing is looked up. */
class TimeNumbers {
  readonly #numbers = new Map<number, number>();
  readonly #times: number[] = [];
  /** By number, which number came next the last time. */
  readonly #next: number[] = [];
  #last = 0;

  numberOf(timestampMs: number): number {
    const expected = this.#next[this.#last] ?? 0;
    const number = this.#times[expected] === timestampMs ? expected : this.#lookUp(timestampMs);
    this.#next[this.#last] = number;
    this.#last = number;
    return number;
  }

  oldestFirst(): readonly number[] {
    return [...this.#times.keys()].sort((a, b) => (this.#times[a] ?? 0) - (this.#times[b] ?? 0));
  }

  #lookUp(timestampMs: number): number {
    const known = this.#numbers.get(timestampMs);
    if (known !== undefined) {
      return known;
    }
    const made = this.#times.push(timestampMs) - 1;
    this.#numbers.set(timestampMs, made);
    return made;
  }
}
