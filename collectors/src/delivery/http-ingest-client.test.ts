import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeSampleBatch, type SampleBatch, STALE_MARKER, WireSampleBatch } from '@tila/contract/samples.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeDeps, fakeDeps } from '../collector-deps.fake.ts';
import { HttpClient } from '../http/http-client.ts';
import { HttpClientConfig } from '../http/http-config.ts';
import { startTestServer, type TestServer } from '../http/test-server.fake.ts';
import { eventually } from '../manual-clock.fake.ts';
import { HttpIngestClient } from './http-ingest-client.ts';
import { Spool } from './spool.ts';

const RECEIPT = { accepted: 1, duplicate: 0, tooOld: 0, invalid: 0, problems: [] };
const forever = new AbortController().signal;

let directory: string;
let deps: FakeDeps;
let server: TestServer;
let status: number;
let received: SampleBatch[];
let outcomes: string[];
let client: HttpIngestClient;
let http: HttpClient;

const batch = (value: number): SampleBatch => ({ source: 's', labels: [{ __name__: 'm' }], timestamps: [1], values: [value] });

async function open(maxBytes = 1_000_000): Promise<void> {
  const spool = await Spool.open(directory, { maxBytes });
  client = new HttpIngestClient({ ...deps, http, spool, server: server.url, onDelivery: (outcome) => outcomes.push(outcome) });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tila-spool-'));
  deps = fakeDeps({ environment: { TOKEN: 'secret' } });
  status = 200;
  received = [];
  outcomes = [];
  server = await startTestServer((url, response, request) => {
    if (status === 200 && url.pathname === '/api/v1/ingest/samples') {
      received.push(decodeSampleBatch(WireSampleBatch.parse(JSON.parse(gunzipSync(request.body).toString()))));
    }
    const answer = url.pathname.endsWith('/watermark') ? { watermarkMs: 42 } : RECEIPT;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  http = new HttpClient({ ...deps, config: HttpClientConfig.parse({ bearer_token: { env: 'TOKEN' } }) });
  await open();
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('ingest over HTTP', () => {
  it('delivers every kind of value and brings the receipt back', async () => {
    const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, STALE_MARKER];
    const labels = values.map(() => ({ __name__: 'm' }));
    const sent = { source: 's', labels, timestamps: values.map((_, index) => index), values, watermarkMs: 9 };
    expect(await client.write(sent, forever)).toEqual(RECEIPT);
    expect(received).toEqual([sent]);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret');
    expect(await readdir(directory)).toEqual([]);
  });

  it('asks for the watermark', async () => {
    expect(await client.watermark('a b', forever)).toBe(42);
    expect(server.requests[0]?.url.searchParams.get('source')).toBe('a b');
  });

  it('keeps batches on disk while the server is away and replays them in order', async () => {
    status = 503;
    for (const value of [1, 2, 3]) {
      expect((await client.write(batch(value), forever)).accepted).toBe(1);
    }
    expect(await readdir(directory)).toHaveLength(3);
    status = 200;
    await deps.clock.advanceTo(deps.clock.now() + 60_000);
    await eventually(() => received.length === 3);
    expect(received.map(({ values }) => values[0])).toEqual([1, 2, 3]);
    await eventually(() => outcomes.filter((outcome) => outcome === 'replayed').length === 3);
  });

  it('goes on with what a killed process left, half-written files aside', async () => {
    status = 503;
    await client.write(batch(1), forever);
    await client[Symbol.asyncDispose]();
    await writeFile(join(directory, '000000000000009.batch.part'), 'half');
    status = 200;
    await open();
    await client.write(batch(2), forever);
    await eventually(() => received.length === 2);
    expect(received.map(({ values }) => values[0])).toEqual([1, 2]);
  });

  it('holds the collector back when the disk is full', async () => {
    await client[Symbol.asyncDispose]();
    await open(10);
    status = 503;
    await client.write(batch(1), forever);
    const stop = new AbortController();
    const second = client.write(batch(2), stop.signal);
    stop.abort(new Error('stopping'));
    await expect(second).rejects.toThrow('stopping');
    expect(await readdir(directory)).toHaveLength(1);
  });

  it.for([
    { code: 400, why: 'a batch the server can never take is refused' },
    { code: 413, why: 'a batch that is too large is refused' },
    { code: 422, why: 'a batch whose content makes no sense is refused' },
  ])('$why', async ({ code }) => {
    status = code;
    await expect(client.write(batch(1), forever)).rejects.toThrow(`status ${code}`);
    expect(outcomes).toEqual(['refused']);
  });

  it.for([
    { code: 302, why: 'a proxy redirects to its sign-in' },
    { code: 401, why: 'the token is being rotated' },
    { code: 403, why: 'the token lost its role' },
    { code: 404, why: 'an ingress answers while the server is deployed' },
    { code: 405, why: 'a static page answers in its place' },
    { code: 429, why: 'the server is busy' },
  ])('keeps batches when $why ($code) and delivers them later', async ({ code }) => {
    status = code;
    await client.write(batch(1), forever);
    await client.write(batch(2), forever);
    await eventually(() => server.requests.length > 1);
    await deps.clock.advanceTo(deps.clock.now() + 60_000);
    await eventually(() => server.requests.length > 2);
    expect(outcomes).toEqual(['spooled', 'spooled']);
    status = 200;
    await deps.clock.advanceTo(deps.clock.now() + 60_000);
    await eventually(() => outcomes.length === 4);
    expect(received.map(({ values }) => values[0])).toEqual([1, 2]);
    expect(outcomes.slice(2)).toEqual(['replayed', 'replayed']);
  });

  it('sends the newest report of each source and never throws', async () => {
    const report = {
      source: 's',
      kind: 'k',
      maxLagMs: 1,
      intervalMs: 1,
      lastAttemptAt: 1,
      lastSuccessAt: null,
      lastErrorAt: null,
    };
    status = 500;
    client.report({ ...report, lastError: 'a', backfill: null, targets: [] });
    await eventually(() => server.requests.length > 0);
    expect(JSON.parse(server.requests[0]?.body.toString() ?? '')).toMatchObject({ source: 's', lastError: 'a' });
  });
});
