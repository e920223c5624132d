import type { WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IngestBatch, InvalidBatchError } from '../../ingest/batch-check.ts';
import { Labels } from '../../model/labels.ts';
import { compressBlock } from '../../model/remote-write/snappy-block.ts';
import { encodeWrite } from '../../model/remote-write/write-encoder.ts';
import { STALE } from '../../model/sample.ts';
import type { SampleRows } from '../../model/series-store.ts';
import { type HttpHarness, startHttp } from '../http-deps.fake.ts';
import { requestFormat } from './request-format.ts';
import { SenderPosition } from './sender-position.ts';

const UP = Labels.from({ __name__: 'up', job: 'a' });
const V1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
const V2 = { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request', 'content-encoding': 'snappy' };

let http: HttpHarness;
let token: Record<string, string>;
let batches: IngestBatch[] = [];
let reports: SourceReport[] = [];
let receipt: Partial<WriteReceipt> = {};
let failure: Error | undefined;

beforeEach(async () => {
  batches = [];
  reports = [];
  receipt = {};
  failure = undefined;
  http = await startHttp({
    ingest: {
      write: async (batch) => {
        if (failure !== undefined) {
          throw failure;
        }
        batches.push(batch);
        return { accepted: batch.values.length, duplicate: 0, tooOld: 0, invalid: 0, problems: [], ...receipt };
      },
      watermark: async () => null,
      report: (report) => reports.push(report),
    },
  });
  token = await http.token('admin', 'ingest');
});

afterEach(() => http[Symbol.asyncDispose]());

const now = 1_700_000_000_000;

function rowsAt(...timestamps: readonly number[]): SampleRows {
  return { labels: timestamps.map(() => UP), timestamps, values: timestamps.map(() => 1) };
}

async function post(
  body: Uint8Array,
  headers: Record<string, string> = V1,
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${http.url}/api/v1/write`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { ...token, ...headers },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const request = (rows: SampleRows, version: '1.0' | '2.0' = '1.0') => compressBlock(encodeWrite({ rows }, version));

describe('the receiver', () => {
  it.for([
    { version: '1.0', headers: V1 },
    { version: '2.0', headers: V2 },
  ] as const)('stores what a $version sender sends as the source its token names', async ({ version, headers }) => {
    const rows = { labels: [UP, UP], timestamps: [now - 1000, now], values: [1, STALE] };
    expect(await post(request(rows, version), headers)).toMatchObject({ status: 204, text: '' });
    expect(batches.map((batch) => ({ ...batch, labels: batch.labels.map(String) }))).toEqual([
      {
        source: 'remote-write/admin',
        labels: [String(UP), String(UP)],
        timestamps: [now - 1000, now],
        values: [1, STALE],
        watermarkMs: now - 10_000,
      },
    ]);
  });

  it('tells a 2.0 sender how much it wrote', async () => {
    receipt = { accepted: 1, tooOld: 1 };
    const { status, headers, text } = await post(request(rowsAt(now - 1, now), '2.0'), V2);
    expect([status, headers.get('x-prometheus-remote-write-samples-written')]).toEqual([400, '1']);
    expect(headers.get('x-prometheus-remote-write-histograms-written')).toBe('0');
    expect(headers.get('x-prometheus-remote-write-exemplars-written')).toBe('0');
    expect(text).toBe('1 samples refused, 1 stored: out of bounds: 1 samples are older than the out-of-order window allows\n');
  });

  it.for([
    { why: 'samples beyond the window', receipt: { tooOld: 2 }, text: /2 samples refused.*out of bounds/ },
    { why: 'another value for a time', receipt: { duplicate: 1 }, text: /duplicate sample for timestamp/ },
    {
      why: 'rows ingest refuses',
      receipt: { invalid: 1, problems: ['up:\nno'] },
      text: /^1 samples refused, 2 stored: up: no\n$/,
    },
  ])('answers 400, so that they are not sent again, for $why', async ({ receipt: given, text }) => {
    receipt = given;
    expect(await post(request(rowsAt(now, now - 1)))).toMatchObject({ status: 400, text: expect.stringMatching(text) });
    expect(reports[0]).toMatchObject({ source: 'remote-write/admin', kind: 'remote_write', lastErrorAt: now });
  });

  it.for([
    { why: 'no snappy', body: Uint8Array.of(255), headers: V1, status: 400 },
    { why: 'no message', body: compressBlock(Uint8Array.of(10, 99)), headers: V1, status: 400 },
    { why: 'gzip', body: Uint8Array.of(1), headers: { ...V1, 'content-encoding': 'gzip' }, status: 415 },
    { why: 'JSON', body: Uint8Array.of(1), headers: { ...V1, 'content-type': 'application/json' }, status: 415 },
    {
      why: 'another message',
      body: Uint8Array.of(1),
      headers: { ...V1, 'content-type': 'application/x-protobuf;proto=x.Y' },
      status: 415,
    },
    { why: 'a bomb of 4 GiB', body: Uint8Array.of(255, 255, 255, 255, 15), headers: V1, status: 400 },
    { why: 'too large a body', body: new Uint8Array((32 << 20) + 1), headers: V1, status: 413 },
  ])('refuses $why with $status', async ({ body, headers, status }) => {
    expect((await post(body, headers)).status).toBe(status);
    expect(batches).toEqual([]);
  });

  it('answers 400 when ingest can never take the batch', async () => {
    failure = new InvalidBatchError('too many sources');
    expect(await post(request(rowsAt(now)))).toMatchObject({ status: 400, text: 'too many sources\n' });
  });

  it('answers 500, which is sent again, when something breaks', async () => {
    failure = new Error('broken');
    expect((await post(request(rowsAt(now)))).status).toBe(500);
  });

  it('says metadata once', async () => {
    const metadata = new Map([['up', { type: 'gauge', help: 'h', unit: '' } as const]]);
    const body = compressBlock(encodeWrite({ rows: rowsAt(now), metadata }, '2.0'));
    await post(body, V2);
    await post(body, V2);
    expect(batches.map((batch) => batch.metadata)).toEqual([{ up: { type: 'gauge', help: 'h', unit: '' } }, undefined]);
  });
});

describe('headers', () => {
  it.for([
    { why: 'none, from the first senders', headers: {}, format: { version: '1.0' } },
    {
      why: '1.0 by name',
      headers: { 'content-type': 'application/x-protobuf; proto=prometheus.WriteRequest' },
      format: { version: '1.0' },
    },
    { why: '2.0', headers: V2, format: { version: '2.0' } },
    {
      why: 'another encoding',
      headers: { 'content-encoding': 'zstd' },
      format: { problem: expect.stringContaining('"snappy"') },
    },
    {
      why: 'a name that objects have',
      headers: { 'content-type': 'application/x-protobuf;proto=constructor' },
      format: { problem: expect.any(String) },
    },
  ])('$why', ({ headers, format }) => {
    expect(requestFormat(headers)).toEqual(format);
  });
});

describe('the position of a sender', () => {
  it('is behind its newest sample, never goes back, and is not moved by samples from the future', () => {
    const position = new SenderPosition();
    expect(position.moveTo([], now)).toBeUndefined();
    expect(position.moveTo([now + 60_000], now)).toBeUndefined();
    expect(position.moveTo([now - 5000, now - 20_000], now)).toBe(now - 15_000);
    expect(position.moveTo([now - 60_000], now)).toBe(now - 15_000);
  });
});
