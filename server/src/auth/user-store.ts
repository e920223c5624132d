import type { Clock } from '../runtime/clock.ts';
import type { AuthDatabase } from './auth-tables.ts';
import type { Role } from './identity.ts';

export interface User {
  readonly name: string;
  readonly role: Role;
  /** `null` until the first password is set; such a user can only come in by a one-time link. */
  readonly passwordHash: string | null;
}

/** Local users. Names are case-sensitive. */
export class UserStore {
  readonly #database: AuthDatabase;
  readonly #clock: Clock;

  constructor(deps: { readonly database: AuthDatabase; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  async get(name: string): Promise<User | undefined> {
    const row = await this.#database.selectFrom('auth_user').selectAll().where('name', '=', name).executeTakeFirst();
    return row && { name: row.name, role: row.role, passwordHash: row.password_hash };
  }

  /** Creates a user without a password; does nothing when the name is taken. */
  async create(name: string, role: Role): Promise<void> {
    await this.#database
      .insertInto('auth_user')
      .values({ name, role, password_hash: null, created_at: this.#clock.now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async setPasswordHash(name: string, hash: string): Promise<void> {
    await this.#database.updateTable('auth_user').set({ password_hash: hash }).where('name', '=', name).execute();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#database.selectFrom('auth_user').select('name').limit(1).executeTakeFirst()) === undefined;
  }
}
