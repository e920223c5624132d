import type { Cardinality } from '../../storage/tsdb/cardinality.ts';
import type { HttpDeps } from '../deps.ts';
import type { GuardedRoute, Route } from '../route.ts';
import { isoTime } from './go-text.ts';
import { limitOf, parametersOf } from './parameters.ts';
import { type SeriesStatistics, seriesStatistics } from './series-statistics.ts';

export type StatusRouteDeps = Pick<HttpDeps, 'version' | 'clock' | 'running' | 'series' | 'cardinality' | 'readiness'>;

const DAY_MS = 86_400_000;
/** Series written in this time are the "head". */
const HEAD_MS = 2 * 3_600_000;

/** `/api/v1/status/…`: what Grafana and promtool ask to learn whom they talk to. What has no counterpart here is empty. */
export function statusRoutes(deps: StatusRouteDeps): readonly Route[] {
  return [
    viewer('/api/v1/status/buildinfo', () => success(buildInfo(deps))),
    viewer('/api/v1/status/runtimeinfo', () => success(runtimeInfo(deps))),
    // Secrets and file names of this installation are nobody's business; there is no file in Prometheus' form either.
    viewer('/api/v1/status/config', () => success({ yaml: '' })),
    viewer('/api/v1/status/flags', () => success(flags(deps))),
    // What was logged has been read before the first request is answered.
    viewer('/api/v1/status/walreplay', () => success({ min: 0, max: 0, current: 0 })),
    viewer('/api/v1/status/tsdb', async ({ request, signal }) => {
      const limit = limitOf(parametersOf(request)) || 10;
      return success(await headStatistics(deps, limit, signal));
    }),
    viewer('/api/v1/alertmanagers', () => success({ activeAlertmanagers: [], droppedAlertmanagers: [] })),
    viewer('/api/v1/notifications', () => success([])),
    // promtool check healthy|ready
    viewer('/-/healthy', ({ response }) => {
      response.type('text/plain').send('Tila is Healthy.\n');
    }),
    viewer('/-/ready', async ({ response }) => {
      const isReady = Object.values(await deps.readiness.checks()).every(Boolean);
      response
        .status(isReady ? 200 : 503)
        .type('text/plain')
        .send(isReady ? 'Tila is Ready.\n' : 'Service Unavailable\n');
    }),
  ];
}

function viewer(path: string, answer: GuardedRoute['answer']): Route {
  return { method: 'get', path, access: 'viewer', answer };
}

function success(data: unknown): object {
  return { status: 'success', data };
}

/** Grafana reads the version to learn what the API can do: what Prometheus 3.0 can. */
function buildInfo({ version }: StatusRouteDeps): object {
  return { application: 'Tila', version: '3.0.0', revision: version, branch: '', buildUser: '', buildDate: '', goVersion: '' };
}

/** Those of Prometheus' flags that have a meaning here. */
function flags({ running }: StatusRouteDeps): object {
  return {
    'query.lookback-delta': '5m',
    'storage.tsdb.retention.time': retentionText(running),
    'web.enable-admin-api': 'false',
    'web.enable-lifecycle': 'false',
    'web.enable-otlp-receiver': 'false',
    'web.enable-remote-write-receiver': 'true',
  };
}

function retentionText({ retentionMs }: StatusRouteDeps['running']): string {
  return `${Math.round(retentionMs / DAY_MS)}d`;
}

function runtimeInfo({ clock, running }: StatusRouteDeps): object {
  return {
    startTime: isoTime(running.startedAt),
    CWD: '',
    hostname: '',
    serverTime: isoTime(clock.now()),
    reloadConfigSuccess: true,
    lastConfigTime: isoTime(running.startedAt),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 0,
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: retentionText(running),
  };
}

async function headStatistics(deps: StatusRouteDeps, limit: number, signal: AbortSignal): Promise<object> {
  const now = deps.clock.now();
  const statistics =
    deps.cardinality === null ? await countedHead(deps, limit, signal) : fromCardinality(await deps.cardinality(limit, signal));
  const { seriesCount, labelPairs, ...tables } = statistics;
  return {
    headStats: { numSeries: seriesCount, numLabelPairs: labelPairs, chunkCount: 0, minTime: now - HEAD_MS, maxTime: now },
    ...tables,
  };
}

/** For an engine elsewhere, which is asked for its series. */
async function countedHead({ series, clock }: StatusRouteDeps, limit: number, signal: AbortSignal): Promise<SeriesStatistics> {
  const now = clock.now();
  return seriesStatistics(await series.series({ matchers: [], fromMs: now - HEAD_MS, toMs: now + DAY_MS }), limit, signal);
}

function fromCardinality(cardinality: Cardinality): SeriesStatistics {
  return {
    seriesCount: cardinality.series,
    labelPairs: cardinality.labelPairs,
    seriesCountByMetricName: cardinality.seriesByMetric,
    labelValueCountByLabelName: cardinality.valuesByLabel,
    memoryInBytesByLabelName: cardinality.textByLabel,
    seriesCountByLabelValuePair: cardinality.seriesByPair,
  };
}
