import type { Generated, Insertable, Selectable } from 'kysely';
import { Labels } from '../model/labels.ts';
import type { StateDatabase } from '../state/state-store.ts';
import type { Alert, AlertChange } from './alert.ts';

type Tables = {
  alert_transition: {
    id: Generated<number>;
    fingerprint: string;
    name: string;
    at: number;
    observed_at: number;
    from_state: AlertChange['from'];
    to_state: AlertChange['to'];
    state: Alert['state'];
    value: string;
    active_at: number;
    fired_at: number | null;
    resolved_at: number | null;
    labels: string;
    annotations: string;
    rule: string;
  };
};

/** Window over the transitions' times, both ends inclusive. */
export interface HistoryQuery {
  readonly fingerprint?: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Every transition of every alert (`from` never equals `to`). */
export interface AlertHistoryStore {
  /** One durable commit, in order. */
  append(transitions: readonly AlertChange[]): Promise<void>;
  /** Oldest first; the newest `limit` of the window. */
  history(query: HistoryQuery): Promise<readonly AlertChange[]>;
  /** The newest transition of each alert that is pending or firing, or was resolved at or after `resolvedSinceMs`. */
  latest(resolvedSinceMs: number): Promise<readonly AlertChange[]>;
  /** Deletes what is older; returns how many. */
  prune(beforeMs: number): Promise<number>;
}

export class SqlAlertHistoryStore implements AlertHistoryStore {
  readonly #database;

  constructor(database: StateDatabase) {
    this.#database = database.withTables<Tables>();
  }

  async append(transitions: readonly AlertChange[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const transition of transitions) {
        await transaction.insertInto('alert_transition').values(toRow(transition)).execute();
      }
    });
  }

  async history({ fingerprint, fromMs, toMs, limit }: HistoryQuery): Promise<readonly AlertChange[]> {
    const window = this.#database.selectFrom('alert_transition').selectAll().where('at', '>=', fromMs).where('at', '<=', toMs);
    const wanted = fingerprint === undefined ? window : window.where('fingerprint', '=', fingerprint);
    const rows = await wanted.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return rows.reverse().map(fromRow);
  }

  async latest(resolvedSinceMs: number): Promise<readonly AlertChange[]> {
    const rows = await this.#database
      .selectFrom('alert_transition')
      .selectAll()
      .where('id', 'in', (query) =>
        query
          .selectFrom('alert_transition')
          .select(({ fn }) => fn.max('id').as('id'))
          .groupBy('fingerprint'),
      )
      .where((where) =>
        where.or([
          where('to_state', 'in', ['pending', 'firing']),
          where.and([where('to_state', '=', 'resolved'), where('at', '>=', resolvedSinceMs)]),
        ]),
      )
      .orderBy('at')
      .execute();
    return rows.map(fromRow);
  }

  async prune(beforeMs: number): Promise<number> {
    const result = await this.#database.deleteFrom('alert_transition').where('at', '<', beforeMs).executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}

function toRow({ alert, from, to, at, observedAt }: AlertChange): Insertable<Tables['alert_transition']> {
  return {
    fingerprint: alert.fingerprint,
    name: alert.labels.get('alertname'),
    at,
    observed_at: observedAt,
    from_state: from,
    to_state: to,
    state: alert.state,
    // Text, because SQLite has no NaN.
    value: String(alert.value),
    active_at: alert.activeAt,
    fired_at: alert.firedAt,
    resolved_at: alert.resolvedAt,
    labels: JSON.stringify(alert.labels),
    annotations: JSON.stringify(alert.annotations),
    rule: JSON.stringify(alert.rule),
  };
}

function fromRow(row: Selectable<Tables['alert_transition']>): AlertChange {
  const alert: Alert = {
    fingerprint: row.fingerprint,
    labels: Labels.from(JSON.parse(row.labels)),
    annotations: JSON.parse(row.annotations),
    state: row.state,
    health: 'ok',
    value: Number(row.value),
    activeAt: row.active_at,
    firedAt: row.fired_at,
    resolvedAt: row.resolved_at,
    rule: JSON.parse(row.rule),
  };
  return { alert, from: row.from_state, to: row.to_state, at: row.at, observedAt: row.observed_at };
}
