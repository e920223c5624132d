import type { PanelSeries } from '@tila/contract/feed.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { Logger } from '../runtime/logger.ts';
import { appendPoints, type PanelSource, type PanelUpdate } from './panel-source.ts';

/** A candidate for the small line on a tile. Its result is grouped by environment, cluster and service. */
export interface SparklineQuery {
  readonly title: string;
  readonly unit: string;
  readonly expr: string;
}

const BY = 'sum by (environment, cluster, service)';

/** What a service is mostly about, most telling first: a tile shows the first of these that it has. */
export const SPARKLINE_QUERIES: readonly SparklineQuery[] = [
  { title: 'requests', unit: 'ops/s', expr: `${BY} (rate(http_requests_total[2m]))` },
  { title: 'requests', unit: 'ops/s', expr: `${BY} (rate(alb_requests_total[2m]))` },
  { title: 'commands', unit: 'ops/s', expr: `${BY} (rate(redis_commands_processed_total[2m]))` },
  { title: 'connections', unit: 'count', expr: `${BY} (pg_stat_database_numbackends)` },
  { title: 'consumer lag', unit: 'count', expr: `${BY} (kafka_consumergroup_lag)` },
  { title: 'operations', unit: 'ops/s', expr: `${BY} (rate(mongodb_op_counters_total[2m]))` },
  {
    title: 'CPU',
    unit: 'ratio',
    expr: '1 - avg by (environment, cluster, service) (rate(node_cpu_seconds_total{mode="idle"}[2m]))',
  },
  { title: 'CPU', unit: 'short', expr: `${BY} (rate(process_cpu_seconds_total[2m]))` },
];

const RANGE_MS = 30 * 60_000;
const STEP_MS = 60_000;
const NONE: Tile['sparkline'] = { title: '', unit: 'short', points: [] };

export interface SparklinesDeps {
  readonly panels: PanelSource;
  readonly log: Logger;
  readonly queries?: readonly SparklineQuery[];
}

interface Candidate {
  readonly query: SparklineQuery;
  /** By environment, cluster and service. */
  readonly lines: Map<string, PanelSeries>;
  /** From the standing query's key to ours. */
  readonly keys: Map<string, string>;
}

/** Half an hour of one telling figure for every service, from a handful of standing queries whatever the number of services. */
export class Sparklines implements Disposable {
  readonly #deps: SparklinesDeps;
  readonly #candidates: readonly Candidate[];
  readonly #stops: (() => void)[] = [];
  #isDisposed = false;

  constructor(deps: SparklinesDeps) {
    this.#deps = deps;
    this.#candidates = (deps.queries ?? SPARKLINE_QUERIES).map((query) => ({ query, lines: new Map(), keys: new Map() }));
  }

  /** Starts the standing queries; resolves when each has its first result or has failed. `onChange` hears of every change. */
  async start(onChange: () => void): Promise<void> {
    await Promise.all(this.#candidates.map((candidate) => this.#watch(candidate, onChange)));
    onChange();
  }

  of(service: Pick<Tile, 'environment' | 'cluster' | 'service'>): Tile['sparkline'] {
    const key = keyOf(service);
    for (const { lines, query } of this.#candidates) {
      const line = lines.get(key);
      if (line !== undefined) {
        return { title: query.title, unit: query.unit, points: line.points.map(([at, value]) => [at, value]) };
      }
    }
    return NONE;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const stop of this.#stops) {
      stop();
    }
  }

  async #watch(candidate: Candidate, onChange: () => void): Promise<void> {
    const range = { expr: candidate.query.expr, rangeMs: RANGE_MS, stepMs: STEP_MS };
    try {
      const { snapshot, unsubscribe } = await this.#deps.panels.watch(range, (update) => {
        applyUpdate(candidate, update);
        onChange();
      });
      applyUpdate(candidate, { set: snapshot });
      this.#stops.push(unsubscribe);
      if (this.#isDisposed) {
        unsubscribe();
      }
    } catch (err) {
      // At the end everything that still reads is cut off.
      if (!this.#isDisposed) {
        this.#deps.log.warn({ err, expr: range.expr }, 'a sparkline query cannot stand; tiles go without it');
      }
    }
  }
}

function applyUpdate({ keys, lines }: Candidate, { append = {}, remove = [], set = {} }: PanelUpdate): void {
  for (const gone of remove) {
    lines.delete(keys.get(gone) ?? '');
    keys.delete(gone);
  }
  for (const [key, series] of Object.entries(set)) {
    const { environment = '', cluster = '', service = '' } = series.labels;
    keys.set(key, keyOf({ environment, cluster, service }));
    lines.set(keyOf({ environment, cluster, service }), series);
  }
  for (const [key, points] of Object.entries(append)) {
    const ours = keys.get(key) ?? '';
    const line = lines.get(ours);
    if (line !== undefined) {
      lines.set(ours, appendPoints(line, points, RANGE_MS));
    }
  }
}

function keyOf({ environment, cluster, service }: Pick<Tile, 'environment' | 'cluster' | 'service'>): string {
  return JSON.stringify([environment, cluster, service]);
}
