import { BUCKETS, type Line, TARGET_LINES } from './target-lines.ts';

export const LINES_PER_TARGET = TARGET_LINES.length;
export const STEP_MS = 15_000;
const MINUTE_MS = 60_000;
const SERVICES = 50;
/** One target in this many is replaced each minute. */
const CHURN_EVERY = 100;
/** Chance in 2^32 that a target restarts in a slot and its counters with it: about once in 8 hours. */
const RESET_CHANCE = 2 ** 32 / 2000;

const BUCKET_SHARES = [0.02, 0.08, 0.2, 0.25, 0.2, 0.12, 0.07, 0.03, 0.015, 0.01, 0.004, 0.001];
const MOVEMENTS = TARGET_LINES.map(({ movement }) => movement);
const BASES = Float64Array.from(TARGET_LINES, ({ base }) => base);

export interface PopulationOptions {
  /** Rounded up to whole targets of 100 series. */
  readonly series: number;
  /** Of slot 0. */
  readonly startMs: number;
  readonly stepMs?: number;
  readonly seed?: number;
}

/**
 * Series as a platform has them: targets of 100 lines, half of them counters, about instances of 50 services; a target in a hundred is replaced
 * each minute, now and then one restarts. The same options give the same samples. Values are made in the order of slots, so memory does
 * not grow with time.
 */
export class Population {
  readonly targets: number;
  readonly stepMs: number;
  readonly startMs: number;
  readonly #state: Float64Array;
  readonly #random: Uint32Array;
  readonly #generation: Int32Array;

  constructor({ series, startMs, stepMs = STEP_MS, seed = 1 }: PopulationOptions) {
    this.targets = Math.ceil(series / LINES_PER_TARGET);
    this.stepMs = stepMs;
    this.startMs = startMs;
    this.#state = new Float64Array(this.targets * LINES_PER_TARGET);
    this.#random = Uint32Array.from({ length: this.targets }, (_, index) => scramble(seed * 1_000_003 + index * 7919 + 1));
    this.#generation = new Int32Array(this.targets).fill(-1);
  }

  get series(): number {
    return this.targets * LINES_PER_TARGET;
  }

  /** When a target is scraped in a slot: each at its own phase, without jitter (a Prometheus aligns what jitters little). */
  timeOf(target: number, slot: number): number {
    return this.startMs + slot * this.stepMs + ((target * 7919) % this.stepMs);
  }

  /** How often the target was replaced until a slot. */
  generationOf(target: number, slot: number): number {
    const minute = Math.floor((slot * this.stepMs) / MINUTE_MS);
    const turn = target % CHURN_EVERY;
    return minute < turn + 1 ? 0 : Math.floor((minute - turn - 1) / CHURN_EVERY) + 1;
  }

  /** All labels of a line but the name. */
  labelsOf(target: number, generation: number, { member, labels }: Line): Readonly<Record<string, string>> {
    const service = `service-${(target + member * 5) % SERVICES}`;
    const instance = `10.${generation % 256}.${target >> 8}.${target & 255}:${9100 + member}`;
    return { cluster: `core-${target % 3}`, instance, job: 'platform', service, ...labels };
  }

  /** Writes the values of a target's lines in a slot into `out`. Slots must be asked for in order, each once. */
  values(target: number, slot: number, out: Float64Array): void {
    const generation = this.generationOf(target, slot);
    const state = this.#state.subarray(target * LINES_PER_TARGET, (target + 1) * LINES_PER_TARGET);
    if (generation !== this.#generation[target]) {
      this.#generation[target] = generation;
      state.set(BASES);
    } else if (this.#next(target) < RESET_CHANCE) {
      restart(state);
    }
    this.#move(target, state);
    for (let index = 0; index < LINES_PER_TARGET; index += 1) {
      const value = state[index] ?? 0;
      out[index] = MOVEMENTS[index] === 'seconds-counter' ? value / 100 : value;
    }
  }

  #move(target: number, state: Float64Array): void {
    for (let index = 0; index < LINES_PER_TARGET; index += 1) {
      const random = this.#next(target);
      const value = state[index] ?? 0;
      switch (MOVEMENTS[index]) {
        case 'busy':
          state[index] = value + (random % 40);
          break;
        case 'rare':
          state[index] = value + (random % 16 === 0 ? 1 : 0);
          break;
        case 'bytes-counter':
          state[index] = value + (random % 200_000);
          break;
        case 'seconds-counter':
          state[index] = value + (random % 900);
          break;
        case 'bucket':
          index = this.#observe(target, index, state);
          break;
        case 'ratio':
          state[index] = Math.min(Math.max(value + (random / 2 ** 32 - 0.5) * 0.1, 0), 1);
          break;
        case 'bytes-gauge':
          state[index] = Math.max(value + ((random % 65) - 32) * 65_536, 0);
          break;
        case 'depth':
          state[index] = random % 8 === 0 ? Math.floor((random / 2 ** 32) ** 4 * 500) : value;
          break;
        case 'up':
          state[index] = random % 500 === 0 ? 0 : 1;
          break;
      }
    }
  }

  /** A histogram at `first`: its buckets, sum and count. Returns the index of its last line. */
  #observe(target: number, first: number, state: Float64Array): number {
    const random = this.#next(target);
    const observed = random % 60;
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS.length; bucket += 1) {
      count += Math.floor(observed * (BUCKET_SHARES[bucket] ?? 0) + ((random >>> bucket) & 255) / 256);
      state[first + bucket] = (state[first + bucket] ?? 0) + count;
    }
    const sum = first + BUCKETS.length;
    state[sum] = (state[sum] ?? 0) + count * 0.08 * (0.5 + random / 2 ** 32);
    state[sum + 1] = (state[sum + 1] ?? 0) + count;
    return sum + 1;
  }

  /** xorshift32, a state a target. */
  #next(target: number): number {
    let random = this.#random[target] ?? 1;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.#random[target] = random;
    return random >>> 0;
  }
}

const IS_COUNTER = MOVEMENTS.map((movement) =>
  ['busy', 'rare', 'bytes-counter', 'seconds-counter', 'bucket', 'histogram-sum', 'histogram-count'].includes(movement),
);

function restart(state: Float64Array): void {
  for (let index = 0; index < state.length; index += 1) {
    if (IS_COUNTER[index]) {
      state[index] = 0;
    }
  }
}

function scramble(value: number): number {
  return Math.imul(value ^ (value >>> 16), 0x45d9f3b) >>> 0 || 1;
}
