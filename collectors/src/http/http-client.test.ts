import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { fakeDeps } from '../collector-deps.fake.ts';
import { eventually } from '../manual-clock.fake.ts';
import { HttpClient } from './http-client.ts';
import { HttpClientConfig } from './http-config.ts';
import { HttpError, parseRetryAfter } from './http-error.ts';
import { retrying } from './retry.ts';
import { startTestServer } from './test-server.fake.ts';

const forever = new AbortController().signal;
const limits = { timeoutMs: 5_000, maxBytes: 1000, signal: forever };
const clients: HttpClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client[Symbol.asyncDispose]())));

function clientOf(config: z.input<typeof HttpClientConfig> = {}, deps = fakeDeps()): HttpClient {
  const client = new HttpClient({ ...deps, config: HttpClientConfig.parse(config) });
  clients.push(client);
  return client;
}

describe('signing in', () => {
  it('takes secrets from text, environment and file, the file anew each time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tila-secret-'));
    await using server = await startTestServer((_, response) => response.end());
    const deps = fakeDeps({ baseDirectory: directory, environment: { PASSWORD: 'from env' } });
    const basic = clientOf({ basic_auth: { username: 'u', password: { env: 'PASSWORD' } } }, deps);
    const bearer = clientOf({ authorization: { type: 'Token', credentials_file: 'token' } }, deps);
    await basic.send({ url: server.url, ...limits });
    for (const token of ['one\n', 'two\n']) {
      await writeFile(join(directory, 'token'), token);
      await bearer.send({ url: server.url, ...limits });
    }
    await rm(directory, { recursive: true });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('u:from env').toString('base64')}`,
      'Token one',
      'Token two',
    ]);
  });

  it('says which reference leads nowhere', async () => {
    const client = clientOf({ bearer_token: { env: 'MISSING' } });
    await expect(client.send({ url: 'http://127.0.0.1:1', ...limits })).rejects.toThrow(
      'environment variable MISSING is not set',
    );
  });
});

describe('an answer', () => {
  it.for<{ answer: [number, Record<string, string>, Buffer]; message: string; why: string }>([
    { answer: [404, {}, Buffer.from('no')], message: 'status 404', why: 'not found' },
    {
      answer: [302, { location: 'http://metadata/' }, Buffer.alloc(0)],
      message: 'redirect to http://metadata/',
      why: 'a redirect',
    },
    { answer: [200, {}, Buffer.alloc(1001)], message: 'larger than 1000 bytes', why: 'too large' },
    {
      answer: [200, { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(100_000))],
      message: 'larger than 1000 bytes',
      why: 'too large once decompressed',
    },
    { answer: [200, { 'content-encoding': 'gzip' }, Buffer.from('no gzip')], message: 'not valid gzip', why: 'broken' },
  ])('that is $why is an error', async ({ answer: [status, headers, body], message }) => {
    await using server = await startTestServer((_, response) => response.writeHead(status, headers).end(body));
    await expect(clientOf().send({ url: server.url, ...limits })).rejects.toThrow(message);
  });

  it('that does not come is an error after the timeout', async () => {
    const deps = fakeDeps();
    await using server = await startTestServer(() => undefined);
    const answer = clientOf({}, deps).send({ url: server.url, ...limits });
    answer.catch(() => undefined);
    await eventually(() => server.requests.length === 1);
    await deps.clock.advanceTo(deps.clock.now() + 5_000);
    await expect(answer).rejects.toThrow('no full answer within 5 s');
  });

  it('that is given up while it comes ends with the reason, and its connection with it', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await startTestServer((_, response) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200).write('the beginning');
    });
    const stop = new AbortController();
    const answer = clientOf().send({ url: server.url, ...limits, signal: stop.signal });
    answer.catch(() => undefined);
    await eventually(() => server.requests.length === 1);
    stop.abort(new Error('stopping'));
    await expect(answer).rejects.toThrow('stopping');
    await closed.promise;
  });

  it('is never sought by another protocol', async () => {
    await expect(clientOf().send({ url: 'file:///etc/passwd', ...limits })).rejects.toThrow('file: addresses are not asked');
  });
});

describe('retrying', () => {
  it('waits as long as it is told and gives up after its attempts', async () => {
    const deps = fakeDeps();
    const waits: number[] = [];
    const attempt = (): Promise<never> => Promise.reject(new HttpError('busy', { status: 503, retryAfterMs: 7_000 }));
    const policy = { attempts: 3, firstMs: 1_000, longestMs: 60_000 };
    const run = retrying(attempt, policy, { ...deps, signal: forever, onRetry: (_, waitMs) => waits.push(waitMs) });
    run.catch(() => undefined);
    await deps.clock.advanceTo(deps.clock.now() + 20_000);
    await expect(run).rejects.toThrow('busy');
    expect(waits).toEqual([7_000, 7_000]);
  });

  it('does not repeat what cannot pass', async () => {
    let attempts = 0;
    const attempt = (): Promise<never> => {
      attempts += 1;
      return Promise.reject(new HttpError('no', { status: 400 }));
    };
    const policy = { attempts: 3, firstMs: 1, longestMs: 1 };
    await expect(retrying(attempt, policy, { ...fakeDeps(), signal: forever, onRetry: () => undefined })).rejects.toThrow('no');
    expect(attempts).toBe(1);
  });

  it.for([
    { header: '120', waitMs: 120_000, why: 'seconds' },
    { header: 'Thu, 01 Jan 1970 00:01:00 GMT', waitMs: 50_000, why: 'a date' },
    { header: 'Thu, 01 Jan 1970 00:00:01 GMT', waitMs: 0, why: 'a date that has passed' },
    { header: 'soon', waitMs: undefined, why: 'nonsense' },
    { header: undefined, waitMs: undefined, why: 'nothing' },
  ])('reads Retry-After: $why', ({ header, waitMs }) => {
    expect(parseRetryAfter(header, 10_000)).toBe(waitMs);
  });
});
