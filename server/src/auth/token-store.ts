import { randomUUID } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { TokenNotFoundError } from './auth-errors.ts';
import type { AuthDatabase, AuthTables } from './auth-tables.ts';
import type { Identity, Role, TokenScope } from './identity.ts';
import { hashSecret, newSecret } from './secrets.ts';

export const TOKEN_PREFIX = 'tila_';
const TOUCH_EVERY_MS = 60_000;

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scope: TokenScope;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly scope: TokenScope;
  readonly createdBy: string;
  readonly expiresAt: number | null;
}

/** API tokens: `tila_` and 256 random bits, stored hashed, shown once. */
export class TokenStore {
  readonly #database: AuthDatabase;
  readonly #clock: Clock;
  readonly #listeners = new Set<(tokenId: string) => void>();

  constructor(deps: { readonly database: AuthDatabase; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  async create(wanted: NewToken): Promise<{ readonly token: ApiToken; readonly secret: string }> {
    const secret = newSecret(TOKEN_PREFIX);
    const row = {
      id: randomUUID(),
      secret_sha256: hashSecret(secret),
      name: wanted.name,
      role: wanted.role,
      scope: wanted.scope,
      created_by: wanted.createdBy,
      created_at: this.#clock.now(),
      expires_at: wanted.expiresAt,
      last_used_at: null,
    };
    await this.#database.insertInto('auth_token').values(row).execute();
    return { token: toToken(row), secret };
  }

  /** Newest first. */
  async list(): Promise<readonly ApiToken[]> {
    const rows = await this.#database.selectFrom('auth_token').selectAll().orderBy('created_at', 'desc').execute();
    return rows.map(toToken);
  }

  /** @throws TokenNotFoundError */
  async revoke(id: string): Promise<void> {
    const row = await this.#database.deleteFrom('auth_token').where('id', '=', id).returning('id').executeTakeFirst();
    if (row === undefined) {
      throw new TokenNotFoundError(id);
    }
    for (const listener of this.#listeners) {
      listener(id);
    }
  }

  async find(secret: string): Promise<Extract<Identity, { kind: 'token' }> | null> {
    if (!secret.startsWith(TOKEN_PREFIX)) {
      return null;
    }
    const row = await this.#database
      .selectFrom('auth_token')
      .selectAll()
      .where('secret_sha256', '=', hashSecret(secret))
      .executeTakeFirst();
    const now = this.#clock.now();
    if (row === undefined || (row.expires_at !== null && now >= row.expires_at)) {
      return null;
    }
    if (now - (row.last_used_at ?? 0) >= TOUCH_EVERY_MS) {
      await this.#database.updateTable('auth_token').set({ last_used_at: now }).where('id', '=', row.id).execute();
    }
    const { role, scope, id: tokenId, expires_at: expiresAt } = row;
    return { kind: 'token', name: `token ${row.name}`, role, scope, tokenId, expiresAt };
  }

  /** Calls back with the id of every token that is revoked. Returns the way to stop. */
  onRevoked(listener: (tokenId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function toToken(row: AuthTables['auth_token']): ApiToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    scope: row.scope,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
