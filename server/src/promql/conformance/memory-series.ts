import type { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { MetricMetadata, Selection, SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import { ScriptError, type Slot, type WrittenSeries } from './series-line.ts';

interface Series {
  readonly labels: Labels;
  readonly timestamps: number[];
  readonly values: number[];
  readonly histogramTimes: number[];
}

/** Series held in plain arrays, for scripts and tests. Selections come in the order the series were first written. */
export class MemorySeries implements SeriesReader {
  readonly #series = new Map<string, Series>();
  /** Set once a selection covered a native histogram; whoever reads it sets it back. */
  sawHistogram = false;

  /** Appends slot i at `startMs + i * stepMs`. @throws ScriptError when a sample is not newer than the series' last. */
  load({ labels, slots }: WrittenSeries, stepMs: number, startMs = 0): void {
    for (const [index, slot] of slots.entries()) {
      const timeMs = startMs + index * stepMs;
      if (!this.add(labels, timeMs, slot)) {
        throw new ScriptError(`sample of ${labels} at ${timeMs} ms is not newer than its last`);
      }
    }
  }

  /** Adds one sample; false when it is older than the series' last, or differs from the one at that time. */
  add(labels: Labels, timeMs: number, slot: Slot): boolean {
    return append(this.#seriesFor(labels), timeMs, slot);
  }

  async select({ matchers, fromMs, toMs }: Selection): Promise<readonly SeriesSamples[]> {
    return this.#matching(matchers).flatMap((series) => {
      this.sawHistogram ||= series.histogramTimes.some((time) => time >= fromMs && time <= toMs);
      const from = firstFrom(series.timestamps, fromMs);
      const to = firstFrom(series.timestamps, toMs + 1);
      if (from >= to) {
        return [];
      }
      const { labels } = series;
      return [
        {
          labels,
          timestamps: Float64Array.from(series.timestamps.slice(from, to)),
          values: Float64Array.from(series.values.slice(from, to)),
        },
      ];
    });
  }

  async series(selection: Selection): Promise<readonly Labels[]> {
    return (await this.select(selection)).map((series) => series.labels);
  }

  async sources(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async labelNames(selection: Selection): Promise<readonly string[]> {
    const names = (await this.series(selection)).flatMap((labels) => [...labels.entries()].map(([name]) => name));
    return [...new Set(names)].sort();
  }

  async labelValues(name: string, selection: Selection): Promise<readonly string[]> {
    const values = (await this.series(selection)).map((labels) => labels.get(name)).filter((value) => value !== '');
    return [...new Set(values)].sort();
  }

  async metadata(): Promise<ReadonlyMap<string, MetricMetadata>> {
    return new Map();
  }

  #matching(matchers: readonly Matcher[]): Series[] {
    return [...this.#series.values()].filter((series) => matchesAll(matchers, series.labels));
  }

  #seriesFor(labels: Labels): Series {
    const series = this.#series.get(labels.key) ?? { labels, timestamps: [], values: [], histogramTimes: [] };
    this.#series.set(labels.key, series);
    return series;
  }
}

function append({ timestamps, values, histogramTimes }: Series, timeMs: number, slot: Slot): boolean {
  if (slot === 'missing') {
    return true;
  }
  if (slot === 'histogram') {
    histogramTimes.push(timeMs);
    return true;
  }
  const last = timestamps.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (last >= timeMs) {
    return last === timeMs && Object.is(values.at(-1), slot);
  }
  timestamps.push(timeMs);
  values.push(slot);
  return true;
}

/** The index of the first time at or after the given one. */
function firstFrom(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
