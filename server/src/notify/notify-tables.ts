import type { Generated, Kysely } from 'kysely';
import type { StateDatabase } from '../state/state-store.ts';

/** The tables of state/migrations/0004-notify.sql. JSON is text; times are epoch milliseconds. */
export type NotifyTables = {
  silence: {
    id: string;
    matchers: string;
    starts_at: number;
    ends_at: number;
    updated_at: number;
    created_by: string;
    comment: string;
  };
  notification_log: {
    stream: string;
    notified_at: number;
    firing: string;
    resolved: string;
    expires_at: number;
    delivery_id: string | null;
    failed_at: number | null;
  };
  delivery: {
    seq: Generated<number>;
    id: string;
    dedupe_key: string;
    stream: string;
    endpoint: string;
    receiver: string;
    integration: string;
    group_key: string;
    status: string;
    reason: string;
    title: string;
    alerts: string;
    payload: string;
    is_shrunk: Generated<number>;
    created_at: number;
    state: string;
    next_attempt_at: number;
  };
  delivery_attempt: {
    delivery_id: string;
    attempt: number;
    started_at: number;
    duration_ms: number | null;
    status: number | null;
    outcome: string | null;
    detail: string;
    retry_at: number | null;
  };
};

export type NotifyDatabase = Kysely<NotifyTables>;

export function notifyTables(state: StateDatabase): NotifyDatabase {
  return state.withTables<NotifyTables>();
}
