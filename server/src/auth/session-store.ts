import type { Clock } from '../runtime/clock.ts';
import type { AuthDatabase } from './auth-tables.ts';
import type { Identity } from './identity.ts';
import { hashSecret, newSecret } from './secrets.ts';

export interface SessionLimits {
  /** Unused for this long, a session ends. */
  readonly idleMs: number;
  /** However much it is used, it ends after this. */
  readonly absoluteMs: number;
}

export const SESSION_LIMITS: SessionLimits = { idleMs: 24 * 3_600_000, absoluteMs: 7 * 24 * 3_600_000 };

/** `seen_at` is written at most this often: a write is a durable commit. */
const TOUCH_EVERY_MS = 60_000;

export type SessionIdentity = Extract<Identity, { kind: 'session' }>;

/** Browser sessions. Only the SHA-256 of the cookie's value is stored. */
export class SessionStore {
  readonly #database: AuthDatabase;
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #listeners = new Set<(sessionHash: string) => void>();

  constructor(deps: { readonly database: AuthDatabase; readonly clock: Clock; readonly limits?: SessionLimits }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#limits = deps.limits ?? SESSION_LIMITS;
  }

  /** Starts a session and forgets those that have run out. The secret goes into the cookie and nowhere else. */
  async start(user: string): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    const now = this.#clock.now();
    await this.#forgetExpired(now);
    const secret = newSecret();
    const row = { id_sha256: hashSecret(secret), user, created_at: now, seen_at: now };
    await this.#database.insertInto('auth_session').values(row).execute();
    return { secret, expiresAt: now + this.#limits.absoluteMs };
  }

  /** Who a cookie's value belongs to, or `null`. Using a session puts its idle end off. */
  async find(secret: string): Promise<SessionIdentity | null> {
    const sessionHash = hashSecret(secret);
    const row = await this.#database
      .selectFrom('auth_session')
      .innerJoin('auth_user', 'auth_user.name', 'auth_session.user')
      .select(['auth_session.created_at', 'seen_at', 'name', 'role', 'password_hash'])
      .where('id_sha256', '=', sessionHash)
      .executeTakeFirst();
    const now = this.#clock.now();
    if (row === undefined || now >= row.seen_at + this.#limits.idleMs || now >= row.created_at + this.#limits.absoluteMs) {
      return null;
    }
    await this.#touch(sessionHash, row.seen_at);
    const { name, role } = row;
    const expiresAt = row.created_at + this.#limits.absoluteMs;
    return { kind: 'session', name, role, sessionHash, expiresAt, mustSetPassword: row.password_hash === null };
  }

  async end(sessionHash: string): Promise<void> {
    await this.#database.deleteFrom('auth_session').where('id_sha256', '=', sessionHash).execute();
    this.#revoked([sessionHash]);
  }

  /** Ends every session of a user but the one given. */
  async endOthers(user: string, keptHash: string): Promise<void> {
    const rows = await this.#database
      .deleteFrom('auth_session')
      .where('user', '=', user)
      .where('id_sha256', '!=', keptHash)
      .returning('id_sha256')
      .execute();
    this.#revoked(rows.map((row) => row.id_sha256));
  }

  /** Calls back with the hash of every session that is ended before its time. Returns the way to stop. */
  onRevoked(listener: (sessionHash: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #touch(sessionHash: string, seenAt: number): Promise<void> {
    const now = this.#clock.now();
    if (now - seenAt >= TOUCH_EVERY_MS) {
      await this.#database.updateTable('auth_session').set({ seen_at: now }).where('id_sha256', '=', sessionHash).execute();
    }
  }

  async #forgetExpired(now: number): Promise<void> {
    await this.#database
      .deleteFrom('auth_session')
      .where((or) =>
        or.or([or('seen_at', '<=', now - this.#limits.idleMs), or('created_at', '<=', now - this.#limits.absoluteMs)]),
      )
      .execute();
  }

  #revoked(hashes: readonly string[]): void {
    for (const hash of hashes) {
      for (const listener of this.#listeners) {
        listener(hash);
      }
    }
  }
}
