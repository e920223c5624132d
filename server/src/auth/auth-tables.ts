import type { Generated, Kysely } from 'kysely';
import type { Role, TokenScope } from './identity.ts';

/** The tables of migration 0001-auth.sql. Times are epoch milliseconds. */
export type AuthTables = {
  auth_user: { name: string; role: Role; password_hash: string | null; created_at: number };
  auth_session: { id_sha256: string; user: string; created_at: number; seen_at: number };
  auth_login_link: { token_sha256: string; user: string; expires_at: number };
  auth_token: {
    id: string;
    secret_sha256: string;
    name: string;
    role: Role;
    scope: TokenScope;
    created_by: string;
    created_at: number;
    expires_at: number | null;
    last_used_at: number | null;
  };
  audit_entry: {
    id: Generated<number>;
    at: number;
    actor: string;
    action: string;
    target: string;
    outcome: 'ok' | 'failed';
    detail: string;
    ip: string;
  };
};

export type AuthDatabase = Kysely<AuthTables>;
