import type { Identity } from './identity.ts';
import type { SessionStore } from './session-store.ts';
import type { TokenStore } from './token-store.ts';

export const SESSION_COOKIE = 'tila_session';

/** Request headers as Node gives them, names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface AuthenticatorDeps {
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly tokens: Pick<TokenStore, 'find'>;
}

/**
 * Tells who sends a request, from `Authorization: Bearer tila_…`, a token as the password of `Basic` (for clients that know
 * nothing else, such as promtool 2; the name does not matter) or the session cookie.
 */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  /** `null` without valid credentials. A request that sends a token is judged by the token alone, whatever its cookie. */
  async authenticate(headers: RequestHeaders): Promise<Identity | null> {
    const authorization = one(headers.authorization);
    if (authorization !== undefined) {
      const secret = tokenOf(authorization);
      return secret === undefined ? null : await this.#deps.tokens.find(secret);
    }
    const secret = cookieValue(one(headers.cookie) ?? '', SESSION_COOKIE);
    return secret === undefined ? null : await this.#deps.sessions.find(secret);
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

function tokenOf(authorization: string): string | undefined {
  const [scheme = '', credentials = ''] = authorization.trim().split(/\s+/, 2);
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credentials;
    case 'basic': {
      const pair = Buffer.from(credentials, 'base64').toString();
      return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
    }
    default:
      return undefined;
  }
}

/** The first cookie of that name. Values we set are base64url, so nothing needs decoding. */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const split = pair.indexOf('=');
    if (split > 0 && pair.slice(0, split).trim() === name) {
      return pair.slice(split + 1).trim();
    }
  }
  return undefined;
}
