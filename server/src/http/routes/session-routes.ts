import { type SessionView, SetPassword, SignIn, SignInOnce } from '@tila/contract/session.ts';
import type { Response } from 'express';
import { ForbiddenError } from '../../auth/auth-errors.ts';
import { SESSION_COOKIE } from '../../auth/authenticator.ts';
import type { Identity } from '../../auth/identity.ts';
import type { SessionIdentity } from '../../auth/session-store.ts';
import type { StartedSession } from '../../auth/sign-in.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { DemoControl, HttpDeps } from '../deps.ts';
import { addressOf, type Route } from '../route.ts';

export type SessionRouteDeps = Pick<HttpDeps, 'auth' | 'demo' | 'log' | 'version' | 'externalUrl' | 'clock'>;

/** Signing in and out. A one-time link is a page (`/login/once#token`); only its POST here consumes the token. */
export function sessionRoutes(deps: SessionRouteDeps): readonly Route[] {
  const { desk, sessions } = deps.auth;
  const begin = async (response: Response, session: StartedSession): Promise<SessionView> => {
    setCookie(response, session, deps);
    const identity = await sessions.find(session.secret);
    if (identity === null) {
      throw new Error('a session that was just started is not there');
    }
    return await viewOf(identity, deps);
  };
  return [
    {
      method: 'post',
      path: '/api/session',
      access: 'open',
      answer: async ({ request, response }) =>
        await begin(response, await desk.signIn({ ...SignIn.parse(request.body), ip: addressOf(request) })),
    },
    {
      method: 'post',
      path: '/api/session/once',
      access: 'open',
      answer: async ({ request, response }) =>
        await begin(response, await desk.signInOnce({ ...SignInOnce.parse(request.body), ip: addressOf(request) })),
    },
    { method: 'get', path: '/api/session', access: 'viewer', answer: ({ identity }) => viewOf(identity, deps) },
    {
      method: 'delete',
      path: '/api/session',
      access: 'viewer',
      answer: async ({ identity, request, response }) => {
        await desk.signOut(sessionOnly(identity), addressOf(request));
        response.clearCookie(SESSION_COOKIE, cookieOptions(deps));
      },
    },
    {
      method: 'post',
      path: '/api/session/password',
      access: 'viewer',
      answer: async ({ identity, request }) => {
        const { password, current } = SetPassword.parse(request.body);
        await desk.setPassword(sessionOnly(identity), { password, current, ip: addressOf(request) });
      },
    },
  ];
}

async function viewOf(identity: Identity, { demo, log, version }: SessionRouteDeps): Promise<SessionView> {
  return {
    user: identity.name,
    role: identity.role,
    expiresAt: identity.expiresAt ?? Number.MAX_SAFE_INTEGER,
    mustSetPassword: identity.kind === 'session' && identity.mustSetPassword,
    version,
    demo: demo && { inboxUrl: demo.inboxUrl, scenarios: await scenarioNames(demo, log) },
  };
}

/** Signing in must work when the demo estate does not. */
async function scenarioNames(demo: DemoControl, log: Logger): Promise<string[]> {
  try {
    return (await demo.scenarios()).map((scenario) => scenario.name);
  } catch (err) {
    log.warn({ err }, 'the demo estate does not answer; the page offers no scenarios');
    return [];
  }
}

function sessionOnly(identity: Identity): SessionIdentity {
  if (identity.kind !== 'session') {
    throw new ForbiddenError('an API token has no session and no password; sign in for that');
  }
  return identity;
}

function setCookie(response: Response, session: StartedSession, deps: SessionRouteDeps): void {
  const maxAge = session.expiresAt - deps.clock.now();
  response.cookie(SESSION_COOKIE, session.secret, { ...cookieOptions(deps), maxAge });
}

function cookieOptions({ externalUrl }: SessionRouteDeps) {
  return { httpOnly: true, sameSite: 'strict', secure: externalUrl?.startsWith('https:') ?? false, path: '/' } as const;
}
