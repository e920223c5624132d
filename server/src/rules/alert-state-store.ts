import { sql } from 'kysely';
import { Labels } from '../model/labels.ts';
import type { StateDatabase } from '../state/state-store.ts';
import type { ActiveAlert } from './alert-step.ts';

type Tables = {
  rule_alert: {
    rule: string;
    fingerprint: string;
    state: 'pending' | 'firing';
    value: string;
    active_at: number;
    fired_at: number | null;
    keep_firing_since: number | null;
    labels: string;
    annotations: string;
  };
  rule_source: { rule: string; sources: string };
};

/** What is kept of the rules over a restart, by rule id. */
export interface StoredRuleState {
  readonly alerts: ReadonlyMap<string, readonly ActiveAlert[]>;
  readonly sources: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface AlertStateChange {
  readonly rule: string;
  readonly stored: readonly ActiveAlert[];
  readonly dropped: readonly ActiveAlert[];
}

/** Keeps pending and firing alerts exactly as they were, so that a restart loses no `for` and no start time. */
export interface AlertStateStore {
  load(): Promise<StoredRuleState>;
  /** One durable commit. */
  save(changes: readonly AlertStateChange[]): Promise<void>;
  saveSources(rule: string, sources: ReadonlySet<string>): Promise<void>;
  /** Drops everything about rules that no longer exist. */
  forget(rules: readonly string[]): Promise<void>;
}

export class SqlAlertStateStore implements AlertStateStore {
  readonly #database;

  constructor(database: StateDatabase) {
    this.#database = database.withTables<Tables>();
  }

  async load(): Promise<StoredRuleState> {
    const alerts = new Map<string, ActiveAlert[]>();
    for (const row of await this.#database
      .selectFrom('rule_alert')
      .selectAll()
      .orderBy('rule')
      .orderBy('fingerprint')
      .execute()) {
      alerts.set(row.rule, [...(alerts.get(row.rule) ?? []), fromRow(row)]);
    }
    const sources = await this.#database.selectFrom('rule_source').selectAll().execute();
    return { alerts, sources: new Map(sources.map((row) => [row.rule, new Set<string>(JSON.parse(row.sources))])) };
  }

  async save(changes: readonly AlertStateChange[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const run of runsOfDistinctRules(changes)) {
        const dropped = run.flatMap(({ rule, dropped }) => dropped.map(({ fingerprint }) => ({ rule, fingerprint })));
        if (dropped.length > 0) {
          await deleteAll(JSON.stringify(dropped)).execute(transaction);
        }
        const stored = run.flatMap(({ rule, stored }) => stored.map((alert) => toRow(rule, alert)));
        if (stored.length > 0) {
          await replaceAll(JSON.stringify(stored)).execute(transaction);
        }
      }
    });
  }

  async saveSources(rule: string, sources: ReadonlySet<string>): Promise<void> {
    const row = { rule, sources: JSON.stringify([...sources].sort()) };
    await this.#database.replaceInto('rule_source').values(row).execute();
  }

  async forget(rules: readonly string[]): Promise<void> {
    for (const rule of rules) {
      await this.#database.deleteFrom('rule_alert').where('rule', '=', rule).execute();
      await this.#database.deleteFrom('rule_source').where('rule', '=', rule).execute();
    }
  }
}

/** Changes in order, cut wherever a rule comes again: within a run their order does not matter. */
function runsOfDistinctRules(changes: readonly AlertStateChange[]): readonly (readonly AlertStateChange[])[] {
  const runs: AlertStateChange[][] = [];
  const seen = new Set<string>();
  for (const change of changes) {
    if (runs.length === 0 || seen.has(change.rule)) {
      runs.push([]);
      seen.clear();
    }
    seen.add(change.rule);
    runs.at(-1)?.push(change);
  }
  return runs;
}

/** One statement for any number of alerts: hundreds may change in one slot. */
function replaceAll(rows: string) {
  return sql`
    REPLACE INTO rule_alert
      (rule, fingerprint, state, value, active_at, fired_at, keep_firing_since, labels, annotations)
    SELECT value ->> 'rule', value ->> 'fingerprint', value ->> 'state', value ->> 'value', value ->> 'active_at',
      value ->> 'fired_at', value ->> 'keep_firing_since', value ->> 'labels', value ->> 'annotations'
    FROM json_each(${rows})`;
}

function deleteAll(keys: string) {
  return sql`
    DELETE FROM rule_alert WHERE (rule, fingerprint) IN
      (SELECT value ->> 'rule', value ->> 'fingerprint' FROM json_each(${keys}))`;
}

function toRow(rule: string, alert: ActiveAlert): Tables['rule_alert'] {
  return {
    rule,
    fingerprint: alert.fingerprint,
    state: alert.state,
    value: String(alert.value),
    active_at: alert.activeAt,
    fired_at: alert.firedAt,
    keep_firing_since: alert.keepFiringSince,
    labels: JSON.stringify(alert.labels),
    annotations: JSON.stringify(alert.annotations),
  };
}

function fromRow(row: Tables['rule_alert']): ActiveAlert {
  return {
    fingerprint: row.fingerprint,
    state: row.state,
    value: Number(row.value),
    activeAt: row.active_at,
    firedAt: row.fired_at,
    keepFiringSince: row.keep_firing_since,
    labels: Labels.from(JSON.parse(row.labels)),
    annotations: JSON.parse(row.annotations),
  };
}
