import { Labels } from '../src/model/labels.ts';
import { type Matcher, matchesAll } from '../src/model/matcher.ts';
import type { Selection, SeriesSamples } from '../src/model/series-store.ts';
import { MemorySeries } from '../src/promql/conformance/memory-series.ts';

export const STEP_MS = 15_000;
export const SAMPLES = 240;
const SERVICES = 50;
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];

interface Group {
  readonly timestamps: Float64Array;
}

interface Stored {
  readonly labels: Labels;
  readonly group: Group;
  readonly values: Float64Array;
}

/** A generator of numbers in [0, 1), the same for every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * An estate's series held in memory, an hour at 15 s with scrape jitter; series of one target share their timestamps, as the
 * store's hot window hands them out. At scale 1: 24,000 request counters, 24,000 histogram buckets, 10,000 containers; 100,000 series.
 */
export class Estate extends MemorySeries {
  readonly #byName = new Map<string, Stored[]>();
  readonly #random = randomFrom(7);
  readonly endMs = SAMPLES * STEP_MS;
  seriesCount = 0;

  constructor(scale: number) {
    super();
    const containers = Math.round(10_000 * scale);
    let node: Group = this.#group();
    for (let index = 0; index < containers; index += 1) {
      node = index % 20 === 0 ? this.#group() : node;
      const identity = {
        service: `service-${index % SERVICES}`,
        instance: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:9100`,
      };
      this.#container(identity, node, index < containers * 0.8);
      if (index < containers * 0.2) {
        this.#application(identity, this.#group(), index < containers * 0.1);
      }
    }
  }

  override async select({ matchers, fromMs, toMs }: Selection): Promise<readonly SeriesSamples[]> {
    const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.operator === '=')?.value ?? '';
    const rest = matchers.filter((matcher) => matcher.name !== '__name__');
    const found: SeriesSamples[] = [];
    let group: Group | undefined;
    let from = 0;
    let to = 0;
    let timestamps: Float64Array = new Float64Array(0);
    for (const series of this.#matching(name, rest)) {
      if (series.group !== group) {
        group = series.group;
        from = group.timestamps.findIndex((time) => time >= fromMs);
        to = group.timestamps.findLastIndex((time) => time <= toMs) + 1;
        timestamps = group.timestamps.subarray(from, to);
      }
      if (from >= 0 && from < to) {
        found.push({ labels: series.labels, timestamps, values: series.values.subarray(from, to) });
      }
    }
    return found;
  }

  #matching(name: string, rest: readonly Matcher[]): readonly Stored[] {
    const all = this.#byName.get(name) ?? [];
    return rest.length === 0 ? all : all.filter(({ labels }) => matchesAll(rest, labels));
  }

  #group(): Group {
    const jitter = Math.floor(this.#random() * STEP_MS);
    const shake = (): number => Math.floor(this.#random() * 7) - 3;
    return { timestamps: Float64Array.from({ length: SAMPLES }, (_, i) => (i + 1) * STEP_MS - jitter + shake()) };
  }

  #add(name: string, labels: Readonly<Record<string, string>>, series: { group: Group; next: (i: number) => number }): void {
    const stored = this.#byName.get(name) ?? [];
    this.#byName.set(name, stored);
    const values = Float64Array.from({ length: SAMPLES }, (_, i) => series.next(i));
    stored.push({ labels: Labels.from({ __name__: name, ...labels }), group: series.group, values });
    this.seriesCount += 1;
  }

  #container(identity: Readonly<Record<string, string>>, group: Group, isBusy: boolean): void {
    const random = this.#random;
    const limit = 2 ** (29 + Math.floor(random() * 4));
    this.#add('up', identity, { group, next: () => (random() < 0.002 ? 0 : 1) });
    this.#add('mem_limit_bytes', identity, { group, next: () => limit });
    this.#add('mem_used_bytes', identity, { group, next: this.#walk(limit * 0.7, limit * 0.02, limit) });
    if (isBusy) {
      this.#add('cpu_usage_ratio', identity, { group, next: this.#walk(0.5, 0.05, 1) });
      this.#add('queue_depth', identity, { group, next: () => Math.floor(random() ** 4 * 500) });
    }
  }

  #application(identity: Readonly<Record<string, string>>, group: Group, isJvm: boolean): void {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      for (const status of ['200', '404', '500']) {
        const labels = { ...identity, method, status, env: 'production' };
        this.#add('http_requests_total', labels, { group, next: this.#counter(status === '200' ? 90 : 3, true) });
      }
    }
    const observed = Float64Array.from({ length: SAMPLES });
    for (const [index, le] of BOUNDS.entries()) {
      const more = this.#counter(10 + index, true);
      const next = (i: number): number => (observed[i] = (observed[i] ?? 0) + more(i));
      this.#add('http_request_duration_seconds_bucket', { ...identity, le }, { group, next });
    }
    this.#add('http_request_duration_seconds_count', identity, { group, next: (i) => observed[i] ?? 0 });
    this.#add('http_request_duration_seconds_sum', identity, { group, next: this.#counter(11.37, false) });
    if (isJvm) {
      this.#add('jvm_gc_seconds_total', identity, { group, next: this.#counter(0.4, false) });
      this.#add('node_network_receive_bytes_total', identity, { group, next: this.#counter(1e6, true) });
    }
  }

  /** A rising counter; one in a hundred restarts once. */
  #counter(rate: number, isWhole: boolean): (i: number) => number {
    const random = this.#random;
    const restartAt = random() < 0.01 ? Math.floor(random() * SAMPLES) : -1;
    let value = random() * rate * 1000;
    return (i) => {
      value = i === restartAt ? 0 : value + random() * 2 * rate;
      return isWhole ? Math.floor(value) : value;
    };
  }

  #walk(start: number, step: number, most: number): () => number {
    let value = start * (0.5 + this.#random());
    return () => {
      value = Math.min(most, Math.max(0, value + (this.#random() - 0.5) * 2 * step));
      return value;
    };
  }
}
