import { Labels } from '../src/model/labels.ts';
import type { SeriesSamples } from '../src/model/series-store.ts';
import { MemorySeries } from '../src/promql/conformance/memory-series.ts';
import { PromqlEngine } from '../src/promql/engine.ts';

const SERIES = 20_000;
const STEP_MS = 15_000;
const SAMPLES = 240;
const END_MS = SAMPLES * STEP_MS;

/** 20,000 counters of 50 services over an hour at 15 s, a reset in one of a hundred. */
class Fixture extends MemorySeries {
  readonly #all: readonly SeriesSamples[] = Array.from({ length: SERIES }, (_, index) => counter(index));

  override async select(): Promise<readonly SeriesSamples[]> {
    return this.#all;
  }
}

function counter(index: number): SeriesSamples {
  const labels = Labels.from({
    __name__: 'http_requests_total',
    service: `service-${index % 50}`,
    instance: `10.0.${index % 256}.${index >> 8}:9100`,
    job: 'app',
    status: String(200 + (index % 5) * 100),
  });
  const timestamps = Float64Array.from({ length: SAMPLES }, (_, i) => (i + 1) * STEP_MS - (index % 97));
  const values = Float64Array.from(
    { length: SAMPLES },
    (_, i) => (index % 100 === 0 && i > 120 ? i - 120 : i) * (1 + (index % 7)),
  );
  return { labels, timestamps, values };
}

const engine = new PromqlEngine({ reader: new Fixture() });
const EXPRESSIONS = [
  'sum by (service) (rate(x_total[5m]))',
  'avg_over_time(x_total[10m]) > 90',
  'x_total / on (service, instance, status) x_total > 0.95',
  'topk(5, x_total)',
];

/** The median time of a few runs, in milliseconds. */
async function measure(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1] ?? 0;
}

for (const text of EXPRESSIONS) {
  const query = engine.prepare(text);
  const figures = {
    instant: await measure(15, () => engine.instant(query, END_MS)),
    'range 1 h at 15 s': await measure(5, () => engine.evaluate(query, { startMs: STEP_MS, endMs: END_MS, stepMs: STEP_MS })),
  };
  for (const [figure, value] of Object.entries(figures)) {
    console.log(
      JSON.stringify({ bench: 'promql', series: SERIES, expr: text, figure, value: Number(value.toFixed(1)), unit: 'ms' }),
    );
  }
}
