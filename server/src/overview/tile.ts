import type { Tile, TileStatus } from '@tila/contract/overview.ts';
import type { Alert } from '../alerts/alert.ts';
import type { AlertStanding } from './alert-status.ts';
import type { ServiceActivity } from './service-inventory.ts';

/** An alert that belongs to a service, with its standing. */
export interface StandingAlert {
  readonly alert: Alert;
  readonly standing: AlertStanding;
}

export interface TileInput {
  readonly service: ServiceActivity;
  readonly alerts: readonly StandingAlert[];
  readonly sparkline: Tile['sparkline'];
  readonly now: number;
}

type Judgement = Pick<Tile, 'status' | 'reason' | 'since'>;

const MIN_STALE_MS = 60_000;
/** Newest-sample times are rounded down to this, so that a tile does not change with every scrape of every target. */
const AGE_STEP_MS = 5000;
const RANK: Readonly<Record<TileStatus, number>> = { critical: 0, warning: 1, stale: 2, 'no data': 3, ok: 4 };

/**
 * Judges one service. Firing alerts come first, then data that is too old or missing: what is not known is never ok.
 * A silence or an acknowledgement does not make a service ok; the tile carries both beside its status.
 */
export function judgeTile({ service, alerts, sparkline, now }: TileInput): Tile {
  const firing = alerts.filter(({ alert }) => alert.state === 'firing');
  const judgement = judgeAlerts(firing) ?? judgeData(service, now) ?? quiet(alerts);
  const { environment, cluster } = service;
  const newest = service.newestSampleAt;
  return {
    environment,
    cluster,
    service: service.service,
    ...judgement,
    firing: firing.length,
    pending: alerts.filter(({ alert }) => alert.state === 'pending').length,
    acknowledged: firing.length > 0 && firing.every(({ standing }) => standing.acknowledged || isQuieted(standing)),
    silenced: firing.filter(({ standing }) => quietedBy(standing) === 'silenced').length,
    inhibited: firing.filter(({ standing }) => quietedBy(standing) === 'inhibited').length,
    sparkline,
    newestSampleAt: newest === null ? null : newest - (newest % AGE_STEP_MS),
  };
}

/** Worst first; of equal status those nobody has taken on first, then the longest since, then by name. */
export function compareTiles(a: Tile, b: Tile): number {
  return (
    RANK[a.status] - RANK[b.status] ||
    Number(isHandled(a)) - Number(isHandled(b)) ||
    (a.since ?? Number.MAX_SAFE_INTEGER) - (b.since ?? Number.MAX_SAFE_INTEGER) ||
    compareText(`${a.environment}/${a.cluster}/${a.service}`, `${b.environment}/${b.cluster}/${b.service}`)
  );
}

/** Prometheus rules spell severities freely: page and critical wake people, info and none only record. */
export function severityOf(alert: Alert): 'critical' | 'warning' | 'info' {
  const severity = alert.labels.get('severity').toLowerCase();
  if (['critical', 'page', 'emergency', 'fatal'].includes(severity)) {
    return 'critical';
  }
  return ['info', 'none', 'debug'].includes(severity) ? 'info' : 'warning';
}

function judgeAlerts(firing: readonly StandingAlert[]): Judgement | null {
  for (const status of ['critical', 'warning'] as const) {
    const those = firing.filter(({ alert }) => severityOf(alert) === status);
    // What is not silenced speaks first.
    const [first, ...others] = those.toSorted((a, b) => Number(isQuieted(a.standing)) - Number(isQuieted(b.standing)));
    if (first !== undefined) {
      const since = Math.min(...those.map(({ alert }) => alert.firedAt ?? alert.activeAt));
      return { status, since, reason: reasonOf(first, others.length) };
    }
  }
  return null;
}

function reasonOf({ alert, standing }: StandingAlert, others: number): string {
  const more = others > 0 ? ` and ${others} more` : '';
  const health = alert.health === 'stale' ? ' (data stale)' : '';
  const quieted = quietedBy(standing);
  const prefix = quieted === null ? '' : `${quieted}: `;
  return `${prefix}${alert.rule.name}${health}${more}`;
}

function judgeData({ newestSampleAt, intervalMs, staleSources, isBackfilling }: ServiceActivity, now: number): Judgement | null {
  if (newestSampleAt === null) {
    return { status: 'no data', reason: 'no samples yet', since: null };
  }
  const [source, ...others] = staleSources;
  if (source !== undefined) {
    const reason = others.length === 0 ? `source ${source} is silent` : `${staleSources.length} sources are silent`;
    return { status: 'stale', reason, since: newestSampleAt };
  }
  if (now - newestSampleAt <= Math.max(3 * intervalMs, MIN_STALE_MS)) {
    return null;
  }
  return { status: 'stale', reason: isBackfilling ? 'history is being copied' : 'samples have stopped', since: newestSampleAt };
}

function quiet(alerts: readonly StandingAlert[]): Judgement {
  const pending = alerts.find(({ alert }) => alert.state === 'pending');
  return { status: 'ok', since: null, reason: pending === undefined ? 'nothing fires' : `pending: ${pending.alert.rule.name}` };
}

function isQuieted(standing: AlertStanding): boolean {
  return quietedBy(standing) !== null;
}

/** Why an alert calls nobody. A silence counts before an inhibition: it is what somebody decided. */
function quietedBy({ silencedBy, inhibitedBy }: AlertStanding): 'silenced' | 'inhibited' | null {
  if (silencedBy.length > 0) {
    return 'silenced';
  }
  return inhibitedBy.length > 0 ? 'inhibited' : null;
}

function isHandled({ acknowledged, firing, silenced, inhibited }: Tile): boolean {
  return acknowledged || (firing > 0 && silenced + inhibited === firing);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : Number(a > b) * 2 - 1;
}
