import type { Clock } from '../runtime/clock.ts';
import type { StateDatabase } from '../state/state-store.ts';
import { AuditLog } from './audit-log.ts';
import type { AuthTables } from './auth-tables.ts';
import { Authenticator } from './authenticator.ts';
import { LoginLinkStore } from './login-link-store.ts';
import { PasswordHasher, type ScryptCost } from './password-hash.ts';
import { type SessionLimits, SessionStore } from './session-store.ts';
import { SignInDesk } from './sign-in.ts';
import { SignInLimiter } from './sign-in-limiter.ts';
import { TokenStore } from './token-store.ts';
import { UserStore } from './user-store.ts';

export interface AuthDeps {
  readonly state: StateDatabase;
  readonly clock: Clock;
  readonly sessionLimits?: SessionLimits;
  /** Cheaper hashing for tests. */
  readonly scryptCost?: ScryptCost;
}

/** Who may do what: everything the HTTP side, the feed and the command line need of it. */
export interface Auth {
  readonly authenticator: Authenticator;
  readonly desk: SignInDesk;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly audit: AuditLog;
}

// One address may stand for a whole office behind NAT, so it gets more tries than one name.
const ADDRESS_LIMITS = { free: 20, firstWaitMs: 1000, maxWaitMs: 300_000, forgetMs: 900_000 };
// The longest wait of a name is short: locking somebody out of the console must not be cheap.
const USER_LIMITS = { free: 5, firstWaitMs: 1000, maxWaitMs: 60_000, forgetMs: 900_000 };

/** Puts the auth module together over the state database's auth tables. Owns nothing that needs closing. */
export function createAuth(deps: AuthDeps): Auth {
  const { clock } = deps;
  const stored = { database: deps.state.withTables<AuthTables>(), clock };
  const sessions = new SessionStore(deps.sessionLimits === undefined ? stored : { ...stored, limits: deps.sessionLimits });
  const tokens = new TokenStore(stored);
  const audit = new AuditLog(stored);
  const desk = new SignInDesk({
    users: new UserStore(stored),
    sessions,
    links: new LoginLinkStore(stored),
    audit,
    passwords: new PasswordHasher(deps.scryptCost),
    byAddress: new SignInLimiter(clock, ADDRESS_LIMITS),
    byUser: new SignInLimiter(clock, USER_LIMITS),
  });
  return { authenticator: new Authenticator({ sessions, tokens }), desk, sessions, tokens, audit };
}
