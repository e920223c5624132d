import type { Clock } from '../runtime/clock.ts';
import type { AuthDatabase } from './auth-tables.ts';

/** Everything that is written down. Noun, dot, past tense. */
export type AuditAction =
  | 'session.created'
  | 'session.ended'
  | 'login_link.used'
  | 'password.set'
  | 'user.created'
  | 'token.created'
  | 'token.revoked'
  | 'silence.created'
  | 'silence.expired'
  | 'incident.acknowledged'
  | 'incident.note_added'
  | 'scenario.triggered'
  | 'config.reloaded';

export interface AuditRecord {
  readonly actor: string;
  readonly action: AuditAction;
  readonly target?: string;
  readonly outcome?: 'ok' | 'failed';
  readonly detail?: string;
  readonly ip: string;
}

export interface AuditEntry extends Required<Omit<AuditRecord, 'action'>> {
  readonly id: number;
  readonly at: number;
  readonly action: string;
}

const MAX_TEXT = 1000;

/** Who did what. Append-only: triggers in the database refuse changes. Long texts are cut at 1,000 characters. */
export class AuditLog {
  readonly #database: AuthDatabase;
  readonly #clock: Clock;

  constructor(deps: { readonly database: AuthDatabase; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /** Resolves when the entry is durable. */
  async record(entry: AuditRecord): Promise<void> {
    await this.#database
      .insertInto('audit_entry')
      .values({
        at: this.#clock.now(),
        actor: entry.actor.slice(0, MAX_TEXT),
        action: entry.action,
        target: (entry.target ?? '').slice(0, MAX_TEXT),
        outcome: entry.outcome ?? 'ok',
        detail: (entry.detail ?? '').slice(0, MAX_TEXT),
        ip: entry.ip,
      })
      .execute();
  }

  /** Newest first; only entries older than `beforeId` when given. */
  async list(page: { readonly limit: number; readonly beforeId?: number }): Promise<readonly AuditEntry[]> {
    const newestFirst = this.#database.selectFrom('audit_entry').selectAll().orderBy('id', 'desc').limit(page.limit);
    return await (page.beforeId === undefined ? newestFirst : newestFirst.where('id', '<', page.beforeId)).execute();
  }
}
