import { Labels } from '../../model/labels.ts';
import { STALE } from '../../model/sample.ts';
import { START_MS, TsdbFixture } from '../../storage/tsdb/tsdb.fixture.ts';
import type { Tsdb } from '../../storage/tsdb/tsdb.ts';

export const SLOT_MS = 15_000;

interface Written {
  readonly labels: Labels;
  value: number;
  isUp: boolean;
}

interface Target {
  readonly series: Written[];
  readonly jitterMs: number;
  /** Whether every scrape has every series. */
  readonly isSteady: boolean;
}

/** A store into which estates are written as they are in life: gaps, resets, ends, comings and goings, late and filled-in samples. */
export class RandomStore implements AsyncDisposable {
  readonly #fixture = new TsdbFixture({
    retentionMs: 13 * 60_000,
    hotWindowMs: 4 * 60_000,
    blockRangeMs: 2 * 60_000,
    outOfOrderWindowMs: 10 * 60_000,
  });
  readonly #random: () => number;
  readonly #targets: Target[] = [];
  #slot = 0;
  #made = 0;
  store!: Tsdb;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  async open(): Promise<void> {
    this.store = await this.#fixture.open();
    for (let i = 0; i < 3; i += 1) {
      this.#addTarget();
    }
  }

  /** Writes what happens in one slot and returns its time. */
  async advance(): Promise<number> {
    this.#slot += 1;
    const timeMs = START_MS + this.#slot * SLOT_MS;
    await this.#fixture.clock.advance(timeMs - this.#fixture.clock.now());
    if (this.#chance(0.05)) {
      this.#addTarget();
    }
    if (this.#targets.length > 2 && this.#chance(0.04)) {
      await this.#end(this.#targets.shift(), timeMs);
    }
    for (const target of this.#targets) {
      await this.#scrape(target, timeMs - target.jitterMs);
    }
    await this.#push(timeMs);
    if (this.#chance(0.2)) {
      await this.#comeLate(timeMs);
    }
    if (this.#chance(0.15)) {
      await this.store.maintain();
    }
    return timeMs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#fixture[Symbol.asyncDispose]();
  }

  #addTarget(): void {
    const i = String(this.#made % 5);
    const job = this.#made % 2 === 0 ? 'x' : 'y';
    this.#made += 1;
    const make = (name: string, more: Readonly<Record<string, string>> = {}): Written => ({
      labels: Labels.from({ __name__: name, job, i, ...more }),
      value: Math.floor(this.#random() * 50),
      isUp: true,
    });
    const buckets = ['0.5', '1', '2.5', '+Inf', 'odd'].slice(0, this.#chance(0.1) ? 5 : 4);
    const series = [
      make('g'),
      make('g', { nope: 'n' }),
      make('c_total'),
      make('c_total', { nope: 'n' }),
      ...buckets.map((le) => make('h_bucket', { le })),
      ...(this.#chance(0.5) ? [make('rare')] : []),
    ];
    this.#targets.push({ series, jitterMs: Math.floor(this.#random() * 14_000), isSteady: this.#chance(0.6) });
  }

  async #scrape(target: Target, timeMs: number): Promise<void> {
    if (this.#chance(0.03)) {
      return;
    }
    const present = target.series.filter((series) => {
      series.isUp = !target.isSteady && this.#chance(0.04) ? !series.isUp : series.isUp;
      return series.isUp || this.#chance(0.3);
    });
    await this.#append(
      present.map(({ labels }) => labels),
      present.map(() => timeMs),
      present.map((series) => (series.isUp ? this.#next(series) : STALE)),
    );
  }

  #next(series: Written): number {
    if (series.labels.metricName === 'g' || series.labels.metricName === 'rare') {
      series.value = this.#chance(0.7) ? Math.floor(this.#random() * 50) : series.value;
      return this.#chance(0.02)
        ? ([Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300][Math.floor(this.#random() * 4)] ?? 0)
        : series.value;
    }
    series.value = this.#chance(0.03) ? 0 : series.value + this.#random() * 5;
    return series.value;
  }

  async #end(target: Target | undefined, timeMs: number): Promise<void> {
    const ended = (target?.series ?? []).filter(() => this.#chance(0.7));
    await this.#append(
      ended.map(({ labels }) => labels),
      ended.map(() => timeMs - 1),
      ended.map(() => STALE),
    );
  }

  /** Series with times of their own. */
  async #push(timeMs: number): Promise<void> {
    const labels = ['0', '1'].map((i) => Labels.from({ __name__: 'pushed', job: 'x', i }));
    await this.#append(
      labels,
      labels.map((_, index) => timeMs - 700 * index),
      labels.map(() => this.#random() * 10),
    );
  }

  /** Samples between those that are there, in slots that others of the group have, and before the store's memory. */
  async #comeLate(timeMs: number): Promise<void> {
    const target = this.#targets[Math.floor(this.#random() * this.#targets.length)];
    const some = (target?.series ?? []).filter(() => this.#chance(0.3));
    const agoMs = Math.floor(this.#random() * 30) * SLOT_MS;
    const lateMs = timeMs - agoMs - (this.#chance(0.7) ? (target?.jitterMs ?? 0) : 77);
    await this.#append(
      some.map(({ labels }) => labels),
      some.map(() => lateMs),
      some.map(() => this.#random() * 100),
    );
  }

  async #append(labels: readonly Labels[], timestamps: readonly number[], values: readonly number[]): Promise<void> {
    if (labels.length > 0) {
      await this.store.append({ source: 'test', rows: { labels, timestamps, values } });
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }
}

/** Numbers in [0, 1), the same for every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
