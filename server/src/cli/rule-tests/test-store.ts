import type { AppendRequest, AppendResult, SeriesWriter } from '../../model/series-store.ts';
import { MemorySeries } from '../../promql/conformance/memory-series.ts';
import type { Slot, WrittenSeries } from '../../promql/conformance/series-line.ts';

interface Waiting {
  readonly series: WrittenSeries;
  next: number;
}

export interface TestStoreOptions {
  readonly series: readonly WrittenSeries[];
  readonly startMs: number;
  readonly stepMs: number;
}

/** The series of one test. Input comes in as the test's time goes on, so that no rule can see what is yet to come. */
export class TestStore implements Pick<SeriesWriter, 'append'> {
  readonly reader = new MemorySeries();
  /** What rules wrote that the store could not take. */
  readonly refused: string[] = [];
  readonly #waiting: readonly Waiting[];
  readonly #startMs: number;
  readonly #stepMs: number;

  constructor({ series, startMs, stepMs }: TestStoreOptions) {
    // The last of two lines for one series counts.
    const last = new Map(series.map((written) => [written.labels.key, written]));
    this.#waiting = [...last.values()].map((written) => ({ series: written, next: 0 }));
    this.#startMs = startMs;
    this.#stepMs = stepMs;
  }

  /** Takes in every input sample up to a time. */
  advance(toMs: number): void {
    for (const waiting of this.#waiting) {
      const { labels, slots } = waiting.series;
      for (
        let timeMs = this.#timeOf(waiting.next);
        waiting.next < slots.length && timeMs <= toMs;
        timeMs = this.#timeOf(waiting.next)
      ) {
        const slot: Slot = slots[waiting.next] ?? 'missing';
        this.reader.add(labels, timeMs, slot);
        waiting.next += 1;
      }
    }
  }

  async append({ rows }: AppendRequest): Promise<AppendResult> {
    for (const [index, labels] of rows.labels.entries()) {
      const timeMs = rows.timestamps[index] ?? 0;
      if (!this.reader.add(labels, timeMs, rows.values[index] ?? Number.NaN)) {
        this.refused.push(`${labels} has another sample at ${timeMs / 1000} s already, or a newer one`);
      }
    }
    return { accepted: rows.labels.length, duplicate: 0, tooOld: 0 };
  }

  #timeOf(slot: number): number {
    return this.#startMs + slot * this.#stepMs;
  }
}
