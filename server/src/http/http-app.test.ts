import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpHarness, startHttp } from './http-deps.fake.ts';

let http: HttpHarness;
let webRoot: string;

beforeAll(async () => {
  webRoot = mkdtempSync(join(tmpdir(), 'tila-web-'));
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Tila</title>');
  writeFileSync(join(webRoot, 'assets/app-1a2b.js'), `// ${'x'.repeat(5000)}`);
  http = await startHttp({ webRoot, externalUrl: 'https://tila.example' });
});

afterAll(async () => {
  await http[Symbol.asyncDispose]();
  rmSync(webRoot, { recursive: true });
});

const postTo = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const post = (path: string, body: unknown, headers?: Record<string, string>): Promise<Response> =>
  postTo(http.url + path, body, headers);

describe('sign-in', () => {
  // A new password ends the other sessions, so these have a server of their own.
  let own: HttpHarness;

  beforeAll(async () => {
    own = await startHttp({ webRoot, externalUrl: 'https://tila.example' });
  });

  afterAll(async () => {
    await own[Symbol.asyncDispose]();
  });

  const post = (path: string, body: unknown, headers?: Record<string, string>): Promise<Response> =>
    postTo(own.url + path, body, headers);

  it('walks from the one-time link to a password to signing out', async () => {
    const token = await own.deps.auth.desk.issueLink('admin');
    const once = await post('/api/session/once', { token });
    expect(once.status).toBe(200);
    expect(await once.json()).toMatchObject({
      user: 'admin',
      role: 'admin',
      mustSetPassword: true,
      version: '1.2.3',
      demo: null,
    });
    const setCookie = once.headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/^tila_session=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/);
    const browser = { cookie: setCookie.split(';')[0] ?? '', origin: own.url };
    expect((await post('/api/session/password', { password: 'too short' }, browser)).status).toBe(400);
    expect((await post('/api/session/password', { password: 'a long enough one' }, browser)).status).toBe(204);
    const session = await fetch(`${own.url}/api/session`, { headers: browser });
    expect(await session.json()).toMatchObject({ mustSetPassword: false });
    expect((await fetch(`${own.url}/api/session`, { method: 'DELETE', headers: browser })).status).toBe(204);
    expect((await fetch(`${own.url}/api/session`, { headers: browser })).status).toBe(401);
    expect((await post('/api/session/once', { token })).status).toBe(401);
    const again = await post('/api/session', { user: 'admin', password: 'a long enough one' });
    expect(again.status).toBe(200);
  });

  it('looking at the link does not use it up', async () => {
    const token = await own.deps.auth.desk.issueLink('admin');
    for (const path of [`/login/once?${token}`, `/login/once`, `/api/session/once?token=${token}`]) {
      await fetch(own.url + path);
    }
    expect((await post('/api/session/once', { token })).status).toBe(200);
  });

  it('says the same of an unknown user and a wrong password, and slows down', async () => {
    const bodies = new Set<string>();
    let last = 0;
    for (let n = 0; n < 7; n += 1) {
      const response = await post('/api/session', { user: n % 2 === 0 ? 'admin' : `x${n}`, password: 'wrong' });
      last = response.status;
      bodies.add(await response.text());
    }
    expect(last).toBe(401);
    expect(bodies.size).toBe(1);
    const spam = await Promise.all(Array.from({ length: 8 }, () => post('/api/session', { user: 'eve', password: 'wrong' })));
    const refused = spam.find((response) => response.status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

it('a session is told even when the demo estate is down', async () => {
  const down = async () => Promise.reject(new Error('ECONNREFUSED'));
  const demo = await startHttp({ demo: { inboxUrl: 'http://inbox', scenarios: down, trigger: down } });
  const response = await fetch(`${demo.url}/api/session`, { headers: demo.browser });
  expect(await response.json()).toMatchObject({ demo: { inboxUrl: 'http://inbox', scenarios: [] } });
  await demo[Symbol.asyncDispose]();
});

describe('errors', () => {
  it.for([
    { path: '/api/nothing', status: 404, error: /nothing at GET \/api\/nothing/, why: 'no such route' },
    { path: '/api/incidents/nope', status: 404, error: /incident nope does not exist/, why: 'no such incident' },
    { path: '/api/alerts?state=on', status: 400, error: /pending/, why: 'a state that is none' },
    { path: '/api/deliveries?limit=0', status: 400, error: /from 1 to 1000/, why: 'a limit out of range' },
    { path: '/api/alerts?service=a&service=b', status: 400, error: /only once/, why: 'a filter given twice' },
    { path: '/api/demo/scenarios', status: 404, error: /without the demo/, why: 'no demo estate' },
  ])('$why', async ({ path, status, error }) => {
    const response = await fetch(http.url + path, { headers: http.browser });
    expect(response.status).toBe(status);
    const body: unknown = await response.json();
    expect(body).toMatchObject({ status: 'error', error: expect.stringMatching(error) });
  });

  it('a bug tells the client nothing but where to look', async () => {
    const broken = await startHttp({
      rules: {
        groups: () => {
          throw new TypeError('secret detail');
        },
      },
    });
    const response = await fetch(`${broken.url}/api/rules`, { headers: broken.browser });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    await broken[Symbol.asyncDispose]();
  });

  it('a body that is too large is refused', async () => {
    const response = await post('/api/silences/preview', { matchers: 'x'.repeat(300_000) }, http.browser);
    expect(response.status).toBe(413);
  });
});

describe('changes', () => {
  const times = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T01:00:00Z' };

  it('leave an entry in the audit log', async () => {
    const matchers = [{ name: 'service', value: 'pay.*', isRegex: true }];
    expect((await post('/api/silences', { matchers, ...times, comment: 'x' }, http.browser)).status).toBe(200);
    await fetch(`${http.url}/api/silences/s1`, { method: 'DELETE', headers: http.browser });
    const created = await post('/api/tokens', { name: 'ci', scope: 'ingest' }, http.browser);
    expect(await created.json()).toMatchObject({ secret: expect.stringMatching(/^tila_[\w-]{43}$/), token: { name: 'ci' } });
    await post('/api/admin/reload', {}, http.browser);
    const audit: unknown = await (await fetch(`${http.url}/api/audit?limit=4`, { headers: http.browser })).json();
    expect(audit).toMatchObject([
      { action: 'config.reloaded' },
      { action: 'token.created', detail: 'ci: ingest' },
      { action: 'silence.expired', target: 's1' },
      { action: 'silence.created', target: 's1', actor: 'admin', detail: 'service=~"pay.*" until 2026-01-01T01:00:00Z' },
    ]);
  });

  it.for([
    { matchers: [{ name: 'a', value: '.*', isRegex: true }], ...times, why: 'a silence of everything' },
    { matchers: [{ name: 'a', value: '(', isRegex: true }], ...times, why: 'a broken regular expression' },
    {
      matchers: [{ name: 'a', value: 'b', isRegex: false }],
      startsAt: times.endsAt,
      endsAt: times.startsAt,
      why: 'an end before the start',
    },
    { matchers: [], ...times, why: 'no matchers' },
  ])('refuse $why', async ({ why: _, ...silence }) => {
    expect((await post('/api/silences', silence, http.browser)).status).toBe(400);
  });
});

it('exports an incident as a file', async () => {
  const response = await fetch(`${http.url}/api/incidents/i1/export.md`, { headers: http.browser });
  expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename=incident-i1.md');
  expect(await response.text()).toBe('# Incident\n');
});

it('takes gzipped batches from collectors', async () => {
  const batch = { source: 's', labels: [{ __name__: 'up' }], timestamps: [1], values: ['stale'] };
  const headers = { ...(await http.token('viewer', 'ingest')), 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const send = (body: object): Promise<Response> =>
    fetch(`${http.url}/api/v1/ingest/samples`, { method: 'POST', headers, body: gzipSync(JSON.stringify(body)) });
  expect(await (await send(batch)).json()).toMatchObject({ accepted: 1 });
  expect((await send({ ...batch, values: [] })).status).toBe(400);
});

describe('readiness', () => {
  it.for([
    { signedIn: false, body: { ready: false }, why: 'a stranger learns the bare state' },
    { signedIn: true, body: { ready: false, checks: { state: true, ingest: false } }, why: 'a user learns what is missing' },
  ])('$why', async ({ signedIn, body }) => {
    const response = await fetch(`${http.url}/readyz`, { headers: signedIn ? http.browser : {} });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual(body);
  });
});

describe('the page', () => {
  it.for([
    { path: '/', status: 200, cache: 'no-cache', why: 'the start' },
    { path: '/services/prod/main/pay.ments?from=now-1h', status: 200, cache: 'no-cache', why: 'a place in the router' },
    { path: '/assets/app-1a2b.js', status: 200, cache: 'public, max-age=31536000, immutable', why: 'a hashed file' },
    { path: '/assets/gone.js', status: 404, cache: null, why: 'a file of an older build' },
    { path: '/..%2f..%2fetc/passwd', status: 200, cache: 'no-cache', why: 'an escape is only another page' },
  ])('$why', async ({ path, status, cache }) => {
    const response = await fetch(http.url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe(cache);
    expect(await response.text()).not.toContain('root:');
  });

  it('is compressed and revalidated', async () => {
    const first = await fetch(`${http.url}/assets/app-1a2b.js`, { headers: { 'accept-encoding': 'br' } });
    expect(first.headers.get('content-encoding')).toBe('br');
    expect(await first.text()).toHaveLength(5003);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await fetch(`${http.url}/assets/app-1a2b.js`, { headers })).status).toBe(304);
  });

  it('lets no inline script and no frame in', async () => {
    const { headers } = await fetch(http.url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self';connect-src 'self' wss://tila.example;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe-eval/);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
