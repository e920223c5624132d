import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import { exchange } from './http-client.ts';
import { type AwsCredentials, awsCredentials, signedFetch } from './signed-fetch.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

let server: Server;
let url: string;
let verdicts: string[];

beforeEach(async () => {
  verdicts = [];
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) {
      parts.push(part);
    }
    const verdict = verify(request, Buffer.concat(parts));
    verdicts.push(verdict);
    response.writeHead(verdict === 'good' ? 204 : 403).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(() => {
  server.close();
});

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** As a receiver does it, from the documentation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function verify(request: IncomingMessage, body: Buffer): string {
  const found = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
    request.headers.authorization ?? '',
  );
  const [, credential = '', signed = '', signature = ''] = found ?? [];
  const [accessKey, ...scope] = credential.split('/');
  const target = new URL(request.url ?? '', url);
  const query = [...target.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  const path = target.pathname.split('/').map(escaped).join('/');
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, path, query.join('&'), headers.join(''), signed, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${KEY}`);
  if (!signed.split(';').includes('host') || !signed.split(';').includes('x-amz-date')) {
    return `too little is signed: ${signed}`;
  }
  if (accessKey !== 'AKID' || scope.join('/') !== '20260131/eu-north-1/aps/aws4_request') {
    return `for somebody else: ${credential}`;
  }
  return hmac(key, text).toString('hex') === signature ? 'good' : `another signature for ${canonical}`;
}

const credentials: AwsCredentials = { accessKeyId: 'AKID', secretAccessKey: KEY };
const signedBy = (ask: () => Promise<AwsCredentials>, clock = new ManualClock(NOW)) =>
  signedFetch(fetch, { region: 'eu-north-1', service: 'aps', clock, credentials: ask });

describe('a receiver that verifies takes', () => {
  it.for([
    {
      why: 'a remote write',
      path: '/workspaces/ws-1/api/v1/remote_write',
      init: { method: 'POST', body: Buffer.from([1, 2, 255]) },
    },
    {
      why: 'a form',
      path: '/api/v1/query',
      init: { method: 'POST', body: new URLSearchParams({ query: 'sum(a{b="ü c"})', time: '1.5' }) },
    },
    {
      why: 'a selector in the address',
      path: '/api/v1/series?match[]=up%7Ba%3D%22x+y%22%7D&match[]=b&start=1',
      init: { method: 'GET' },
    },
    { why: 'a path with signs', path: '/api/v1/label/a%20b/values', init: { method: 'GET' } },
  ])('$why', async ({ path, init }) => {
    const endpoint = { url, headers: () => ({ 'X-Scope-OrgID': 'shop' }), timeoutMs: 5_000 };
    const { signal } = new AbortController();
    await exchange(
      signedBy(async () => credentials),
      endpoint,
      { path, init, signal },
    );
    expect(verdicts).toEqual(['good']);
  });

  it('credentials with a session', async () => {
    await signedBy(async () => ({ ...credentials, sessionToken: 'session' }))(url, { method: 'GET' });
    expect(verdicts).toEqual(['good']);
  });

  it('nothing that was signed with another key', async () => {
    const response = await signedBy(async () => ({ ...credentials, secretAccessKey: 'other' }))(url, { method: 'GET' });
    expect([response.status, verdicts[0]]).toEqual([403, expect.stringContaining('another signature')]);
  });
});

it('credentials are asked for once, again before they expire, and after a failure', async () => {
  const clock = new ManualClock(NOW);
  let asked = 0;
  const signed = signedBy(async () => {
    asked += 1;
    if (asked === 1) {
      throw new Error('not yet');
    }
    return { ...credentials, expiration: new Date(clock.now() + 60 * 60_000) };
  }, clock);
  await expect(signed(url, { method: 'GET' })).rejects.toThrow('not yet');
  await signed(url, { method: 'GET' });
  await clock.advance(54 * 60_000);
  await signed(url, { method: 'GET' });
  expect(asked).toBe(2);
  await clock.advance(60_000);
  await signed(url, { method: 'GET' });
  expect(asked).toBe(3);
});

it('a profile that is not there is named', async () => {
  const ask = awsCredentials({ region: 'eu-north-1', profile: 'no-such-profile-of-anybody' });
  await expect(ask()).rejects.toThrow('no-such-profile-of-anybody');
});
