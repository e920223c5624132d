import type { AuditLog } from './audit-log.ts';
import { InvalidCredentialsError, InvalidLoginLinkError, WeakPasswordError } from './auth-errors.ts';
import type { LoginLinkStore } from './login-link-store.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { SessionIdentity, SessionStore } from './session-store.ts';
import type { SignInLimiter } from './sign-in-limiter.ts';
import type { UserStore } from './user-store.ts';

export interface SignInDeps {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly links: LoginLinkStore;
  readonly audit: AuditLog;
  readonly passwords: PasswordHasher;
  readonly byAddress: SignInLimiter;
  readonly byUser: SignInLimiter;
}

export interface StartedSession {
  /** The cookie's value. */
  readonly secret: string;
  readonly expiresAt: number;
}

const FIRST_ADMIN = 'admin';
const MIN_PASSWORD = 12;

/** Signing in and out, and passwords. Every outcome is audited. */
export class SignInDesk {
  readonly #deps: SignInDeps;

  constructor(deps: SignInDeps) {
    this.#deps = deps;
  }

  /**
   * Takes the same time and gives the same answer for an unknown user and a wrong password.
   * @throws InvalidCredentialsError, TooManyAttemptsError
   */
  async signIn(attempt: { readonly user: string; readonly password: string; readonly ip: string }): Promise<StartedSession> {
    const { audit, byAddress, byUser, passwords, users } = this.#deps;
    byAddress.begin(attempt.ip);
    byUser.begin(attempt.user);
    const user = await users.get(attempt.user);
    if (!(await passwords.verify(attempt.password, user?.passwordHash ?? null))) {
      // The name typed may be a password in the wrong field; only known names are written down.
      const actor = user?.name ?? 'unknown user';
      await audit.record({ actor, action: 'session.created', outcome: 'failed', ip: attempt.ip });
      throw new InvalidCredentialsError();
    }
    byAddress.succeed(attempt.ip);
    byUser.succeed(attempt.user);
    await audit.record({ actor: attempt.user, action: 'session.created', ip: attempt.ip });
    return await this.#deps.sessions.start(attempt.user);
  }

  /** Consumes a one-time link. @throws InvalidLoginLinkError, TooManyAttemptsError */
  async signInOnce(attempt: { readonly token: string; readonly ip: string }): Promise<StartedSession> {
    const { audit, byAddress, links, sessions } = this.#deps;
    byAddress.begin(attempt.ip);
    const user = await links.consume(attempt.token);
    if (user === null) {
      await audit.record({ actor: 'unknown user', action: 'login_link.used', outcome: 'failed', ip: attempt.ip });
      throw new InvalidLoginLinkError();
    }
    byAddress.succeed(attempt.ip);
    await audit.record({ actor: user, action: 'login_link.used', ip: attempt.ip });
    return await sessions.start(user);
  }

  async signOut(identity: SessionIdentity, ip: string): Promise<void> {
    await this.#deps.sessions.end(identity.sessionHash);
    await this.#deps.audit.record({ actor: identity.name, action: 'session.ended', ip });
  }

  /**
   * Sets the signed-in user's password and ends their other sessions. `current` is needed once there is a password.
   * @throws InvalidCredentialsError, WeakPasswordError, TooManyAttemptsError
   */
  async setPassword(
    identity: SessionIdentity,
    change: { readonly password: string; readonly current: string | undefined; readonly ip: string },
  ): Promise<void> {
    const { audit, passwords, sessions, users } = this.#deps;
    const user = await users.get(identity.name);
    if (user !== undefined && user.passwordHash !== null) {
      await this.#checkCurrent(user.name, user.passwordHash, change);
    }
    checkStrength(identity.name, change.password);
    await users.setPasswordHash(identity.name, await passwords.hash(change.password));
    await sessions.endOthers(identity.name, identity.sessionHash);
    await audit.record({ actor: identity.name, action: 'password.set', target: identity.name, ip: change.ip });
  }

  /**
   * Makes sure somebody can get in. Creates the user `admin` when there are no users, and returns a fresh one-time token
   * as long as that user has no password; `null` once it has one.
   */
  async firstSignIn(): Promise<{ readonly user: string; readonly token: string } | null> {
    const { audit, users } = this.#deps;
    if (await users.isEmpty()) {
      await users.create(FIRST_ADMIN, 'admin');
      await audit.record({ actor: 'tila', action: 'user.created', target: FIRST_ADMIN, ip: '' });
    }
    const admin = await users.get(FIRST_ADMIN);
    return admin?.passwordHash === null ? { user: FIRST_ADMIN, token: await this.issueLink(FIRST_ADMIN) } : null;
  }

  /** A one-time token for a user who exists; for the operator at the machine, never over HTTP. */
  async issueLink(user: string): Promise<string> {
    if ((await this.#deps.users.get(user)) === undefined) {
      throw new Error(`there is no user ${JSON.stringify(user)}`);
    }
    return await this.#deps.links.issue(user);
  }

  async #checkCurrent(
    user: string,
    hash: string,
    change: { readonly current: string | undefined; readonly ip: string },
  ): Promise<void> {
    const { audit, byUser, passwords } = this.#deps;
    byUser.begin(user);
    if (!(await passwords.verify(change.current ?? '', hash))) {
      await audit.record({ actor: user, action: 'password.set', outcome: 'failed', target: user, ip: change.ip });
      throw new InvalidCredentialsError();
    }
    byUser.succeed(user);
  }
}

function checkStrength(user: string, password: string): void {
  if ([...password].length < MIN_PASSWORD) {
    throw new WeakPasswordError(`a password needs at least ${MIN_PASSWORD} characters`);
  }
  if (new Set(password).size < 5 || password.toLowerCase().includes(user.toLowerCase())) {
    throw new WeakPasswordError('this password is too easy to guess: it repeats itself or holds the user name');
  }
}
