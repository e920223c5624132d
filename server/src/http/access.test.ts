import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRoutes, type createHttpApp } from './http-app.ts';
import { type HttpHarness, startHttp } from './http-deps.fake.ts';

let http: HttpHarness;

beforeAll(async () => {
  http = await startHttp();
});

afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

/** What express will really answer, whoever mounted it. */
function mounted(app: ReturnType<typeof createHttpApp>): readonly { method: string; path: string }[] {
  return app.router.stack.flatMap((layer) => {
    const methods = layer.route?.stack.map((handler) => handler.method) ?? [];
    return [...new Set(methods)].map((method) => ({ method, path: layer.route?.path ?? '' }));
  });
}

const address = (path: string): string => `${http.url}${path.replace(/:(\w+)/g, 'x')}`;
const OPEN = new Set(['get /healthz', 'get /readyz', 'post /api/session', 'post /api/session/once']);

describe('every route', () => {
  it('is mounted through the table, and there are many', () => {
    const table = allRoutes(http.deps).map(({ method, path }) => `${method} ${path}`);
    const real = mounted(http.app).map(({ method, path }) => `${method} ${path}`);
    expect(real.sort()).toEqual(table.sort());
    expect(real.length).toBeGreaterThan(40);
  });

  it('but the sign-in and the health answers 401 to a stranger', async () => {
    const answers = await Promise.all(
      mounted(http.app).map(async ({ method, path }) => {
        const response = await fetch(address(path), { method: method.toUpperCase() });
        return { route: `${method} ${path}`, status: response.status };
      }),
    );
    const wrong = answers.filter(({ route, status }) => (OPEN.has(route) ? status === 404 || status >= 500 : status !== 401));
    expect(wrong.filter(({ route }) => route !== 'get /readyz')).toEqual([]);
    expect(answers.filter(({ status }) => status === 401).length).toBe(answers.length - OPEN.size);
  });

  it.for([
    { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, why: 'another site' },
    { headers: { origin: 'http://127.0.0.1:1' }, why: 'another port of this host' },
    { headers: { origin: 'null' }, why: 'a sandboxed frame' },
    { headers: { 'sec-fetch-site': 'same-site' }, why: 'a sibling domain' },
    { headers: { 'sec-fetch-site': 'none' }, why: 'no page at all' },
    { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, why: 'headers that disagree' },
    { headers: {}, why: 'a cookie without any origin' },
  ])('that changes something refuses $why', async ({ headers }) => {
    const changing = mounted(http.app).filter(({ method }) => method !== 'get');
    const cookie = http.browser.cookie ?? '';
    const statuses = await Promise.all(
      changing.map(async ({ method, path }) => {
        const response = await fetch(address(path), { method: method.toUpperCase(), headers: { ...headers, cookie } });
        return `${method} ${path} ${response.status}`;
      }),
    );
    expect(statuses.filter((status) => !status.endsWith(' 403'))).toEqual([]);
    expect(statuses.length).toBeGreaterThan(15);
  });

  it('that changes something refuses another site that makes a browser repeat a name and password', async () => {
    const { authorization = '' } = await http.token('admin');
    const basic = `Basic ${Buffer.from(`x:${authorization.slice('Bearer '.length)}`).toString('base64')}`;
    const ask = (headers: Record<string, string>) =>
      fetch(`${http.url}/api/v1/query?query=1`, { method: 'POST', headers: { authorization: basic, ...headers } });
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask({})).status).toBe(200);
  });

  it('that changes something listens to our own page', async () => {
    const body = JSON.stringify({ matchers: [{ name: 'a', value: 'b', isRegex: false }] });
    const headers = { ...http.browser, 'content-type': 'application/json' };
    const response = await fetch(`${http.url}/api/silences/preview`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
  });

  it('a sign-in from another site is refused too', async () => {
    const body = JSON.stringify({ user: 'admin', password: 'x' });
    const headers = { origin: 'https://evil.example', 'content-type': 'application/json' };
    expect((await fetch(`${http.url}/api/session`, { method: 'POST', headers, body })).status).toBe(403);
  });
});

describe('roles', () => {
  it('each route refuses every role below its own', async () => {
    const rank = ['viewer', 'responder', 'admin'] as const;
    for (const role of rank) {
      const headers = await http.token(role);
      for (const { access, method, path } of allRoutes(http.deps)) {
        const response = await fetch(address(path), { method: method.toUpperCase(), headers });
        const isRefused = access === 'ingest' || (access !== 'open' && rank.indexOf(access) > rank.indexOf(role));
        // An API token may never sign out or set a password.
        const isSessionOnly = method !== 'get' && path.startsWith('/api/session');
        expect(isSessionOnly || (response.status === 403) === isRefused, `${role} ${method} ${path} ${response.status}`).toBe(
          true,
        );
      }
    }
  });

  it('an ingest token opens the ingest door and no other', async () => {
    const headers = await http.token('admin', 'ingest');
    for (const { access, method, path } of allRoutes(http.deps).filter((route) => route.access !== 'open')) {
      const { status } = await fetch(address(path), { method: method.toUpperCase(), headers });
      expect(status === 403, `${method} ${path} ${status}`).toBe(access !== 'ingest');
    }
  });

  it('nothing below a guarded route is parsed before the caller is known', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${http.url}/api/silences`, { method: 'POST', headers, body: '{broken' });
    expect(response.status).toBe(401);
  });
});
