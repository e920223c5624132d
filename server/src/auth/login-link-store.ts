import type { Clock } from '../runtime/clock.ts';
import type { AuthDatabase } from './auth-tables.ts';
import { hashSecret, newSecret } from './secrets.ts';

const LIFE_MS = 3_600_000;

/** One-time sign-in links. Valid for an hour, for one use; a user's newer link ends the older ones. Stored hashed. */
export class LoginLinkStore {
  readonly #database: AuthDatabase;
  readonly #clock: Clock;

  constructor(deps: { readonly database: AuthDatabase; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /** Returns the token that goes after `/login/once#`. */
  async issue(user: string): Promise<string> {
    const token = newSecret();
    await this.#database.deleteFrom('auth_login_link').where('user', '=', user).execute();
    const row = { token_sha256: hashSecret(token), user, expires_at: this.#clock.now() + LIFE_MS };
    await this.#database.insertInto('auth_login_link').values(row).execute();
    return token;
  }

  /** The user the token signs in, once; `null` ever after. Two who race for it: one wins. */
  async consume(token: string): Promise<string | null> {
    const row = await this.#database
      .deleteFrom('auth_login_link')
      .where('token_sha256', '=', hashSecret(token))
      .returning(['user', 'expires_at'])
      .executeTakeFirst();
    return row !== undefined && this.#clock.now() < row.expires_at ? row.user : null;
  }
}
