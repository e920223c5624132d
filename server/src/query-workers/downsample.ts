import { ABSENT } from '../model/sample.ts';

/** Points chosen from a row of steps: `steps` are the numbers of the steps, rising, `values` what stands there, `ABSENT` for a gap. */
export interface ChosenPoints {
  readonly steps: Int32Array;
  readonly values: Float64Array;
}

/**
 * M4 (Jugel et al., VLDB 2014): of the steps that fall into one pixel column, the first, the last, the lowest and the highest
 * point; a line drawn through them covers the same pixels as one through all. Points are chosen, never made. Where a step
 * without a point lies between two chosen ones, a gap stands between them too; what is outside the first and last point is left out.
 * A row with no more steps than pixels keeps every point.
 */
export function downsample(values: Float64Array, pixels: number): ChosenPoints {
  const columns = Math.max(1, Math.min(Math.floor(pixels), values.length));
  const chosen = new Chosen(Math.min(8 * columns, 2 * values.length));
  for (let column = 0; column < columns; column += 1) {
    const from = Math.ceil((column * values.length) / columns);
    const to = Math.ceil(((column + 1) * values.length) / columns);
    chooseFrom(values, { from, to }, chosen);
  }
  return chosen.build();
}

/** NaN is neither lowest nor highest; a NaN is chosen only as first or last. */
function chooseFrom(values: Float64Array, { from, to }: { from: number; to: number }, chosen: Chosen): void {
  let first = -1;
  let last = -1;
  let lowest = -1;
  let highest = -1;
  for (let step = from; step < to; step += 1) {
    const value = values[step] ?? ABSENT;
    if (value !== ABSENT) {
      first = first === -1 ? step : first;
      last = step;
      lowest = lowest === -1 || value < (values[lowest] ?? 0) || Number.isNaN(values[lowest]) ? step : lowest;
      highest = highest === -1 || value > (values[highest] ?? 0) || Number.isNaN(values[highest]) ? step : highest;
    }
  }
  if (first !== -1) {
    chosen.add(values, first);
    chosen.add(values, Math.min(lowest, highest));
    chosen.add(values, Math.max(lowest, highest));
    chosen.add(values, last);
  }
}

class Chosen {
  readonly #steps: Int32Array;
  readonly #values: Float64Array;
  #length = 0;
  #newest = -1;

  constructor(capacity: number) {
    this.#steps = new Int32Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  /** Takes a step unless it was the last one taken, with a gap before it where one lies between. */
  add(values: Float64Array, step: number): void {
    if (step <= this.#newest) {
      return;
    }
    const gap = this.#newest === -1 ? -1 : values.subarray(this.#newest + 1, step).indexOf(ABSENT);
    if (gap !== -1) {
      this.#put(this.#newest + 1 + gap, ABSENT);
    }
    this.#put(step, values[step] ?? ABSENT);
    this.#newest = step;
  }

  build(): ChosenPoints {
    return { steps: this.#steps.slice(0, this.#length), values: this.#values.slice(0, this.#length) };
  }

  #put(step: number, value: number): void {
    this.#steps[this.#length] = step;
    this.#values[this.#length] = value;
    this.#length += 1;
  }
}
