import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { VectorMatching } from '../ast.ts';
import type { VectorValue } from './values.ts';

/** Two vectors and how their series find each other. */
export interface Operands {
  readonly left: VectorValue;
  readonly right: VectorValue;
  readonly matching: VectorMatching;
}

/** The labels two series must share to match: those of `on`, or all but the name and those of `ignoring`. */
export function matchGroup(labels: Labels, matching: VectorMatching): Labels {
  return matching.on ? labels.only(matching.labels) : labels.without([...matching.labels, METRIC_NAME]);
}

/** Hands equal match groups equal numbers, each series looked at once. */
export class MatchGroups {
  readonly #matching: VectorMatching;
  readonly #numbers = new Map<string, number>();

  constructor(matching: VectorMatching) {
    this.#matching = matching;
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** The group number of each row. */
  number(labels: readonly Labels[]): Int32Array {
    return Int32Array.from(labels, (series) => {
      const key = this.#key(series);
      const known = this.#numbers.get(key);
      if (known !== undefined) {
        return known;
      }
      this.#numbers.set(key, this.#numbers.size);
      return this.#numbers.size - 1;
    });
  }

  #key(series: Labels): string {
    if (!this.#matching.on) {
      return matchGroup(series, this.#matching).key;
    }
    return this.#matching.labels.map((name) => series.get(name)).join('\udfff');
  }
}

/** For each step, whether the vector has any point there. */
export function stepsWithPoints(value: VectorValue, steps: number): Uint8Array {
  const present = new Uint8Array(steps);
  for (let i = 0; i < value.data.length; i += 1) {
    if (value.data[i] !== ABSENT) {
      present[i % steps] = 1;
    }
  }
  return present;
}
