import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { Matcher } from '../../model/matcher.ts';
import { uncompressBlock } from '../../model/remote-write/snappy-block.ts';
import { WriteDecoder } from '../../model/remote-write/write-decoder.ts';
import { appendRows } from '../../model/series-store.contract.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import { RemoteStore, type RemoteStoreOptions } from './remote-store.ts';
import { parseValue } from './sample-readers.ts';
import { selectorText } from './selector-text.ts';

const NOW = 1_700_000_000_000;
const UP = Labels.from({ __name__: 'up', job: 'a' });
const DOWN = Labels.from({ __name__: 'down', job: 'b' });

let folder: string;
let clock: ManualClock;
let store: RemoteStore;
/** Samples each request carried, and how requests are answered from now on. */
let sent: string[][];
let answers: (() => Response | Promise<Response>)[];

const decoder = new WriteDecoder();

async function answer(url: string, { body }: RequestInit): Promise<Response> {
  if (!url.endsWith('/write')) {
    return Response.json({ status: 'success', data: [] });
  }
  const next = answers.shift();
  const response = next === undefined ? new Response(null, { status: 204 }) : await next();
  if (response.status < 300 && body instanceof Uint8Array) {
    const { labels, timestamps, values } = decoder.decode(uncompressBlock(body, 1 << 20), '1.0');
    sent.push(labels.map((each, i) => `${each.metricName}@${(timestamps[i] ?? 0) - NOW}=${values[i]}`));
  }
  return response;
}

function open(options: Partial<RemoteStoreOptions> = {}): RemoteStore {
  const endpoint = { headers: () => ({ authorization: 'Bearer x' }), timeoutMs: 1000 };
  store = new RemoteStore({
    folder,
    write: { ...endpoint, url: 'http://remote/write' },
    read: { ...endpoint, url: 'http://remote' },
    readBy: 'query',
    clock,
    logger: silentLogger,
    fetch: answer,
    random: () => 1,
    shards: 1,
    ...options,
  });
  return store;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tila-remote-'));
  clock = new ManualClock(NOW);
  sent = [];
  answers = [];
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const write = (labels: Labels, offsetMs: number, value = 1) => appendRows(store, [{ labels, at: NOW + offsetMs, value }]);

/** Lets requests that are answered at once run their course. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    await setImmediate();
  }
}

const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response('no\nthanks', { status, headers });

describe('writing', () => {
  it('sends what was appended, in order, and forgets it', async () => {
    open();
    expect(await write(UP, 0)).toEqual({ accepted: 1, duplicate: 0, tooOld: 0 });
    await write(UP, 15);
    await store.flush();
    expect(sent.flat()).toEqual(['up@0=1', 'up@15=1']);
    expect(store.stats()).toMatchObject({ sentSamples: 2, queuedSamples: 0, queuedBytes: 0, droppedSamples: 0 });
  });

  it.for([
    { why: '500', failure: refuse(500) },
    { why: '429', failure: refuse(429) },
    { why: '503', failure: refuse(503) },
    { why: 'no answer', failure: () => Promise.reject(new TypeError('fetch failed')) },
  ])('tries again with growing waits after $why', async ({ failure }) => {
    open();
    answers = [failure, failure];
    await write(UP, 0);
    await settle();
    expect(sent).toEqual([]);
    await clock.advance(100);
    await settle();
    expect(sent).toEqual([]);
    await clock.advance(200);
    await settle();
    expect(sent).toEqual([['up@0=1']]);
    expect(store.stats()).toMatchObject({ retries: 2, sentSamples: 1, queuedSamples: 0 });
  });

  it('waits as long as Retry-After asks', async () => {
    open();
    answers = [refuse(429, { 'retry-after': '7' })];
    await write(UP, 0);
    await settle();
    await clock.advance(6_999);
    await settle();
    expect(sent).toEqual([]);
    await clock.advance(1);
    await settle();
    expect(sent).toEqual([['up@0=1']]);
  });

  it('drops what is refused for good, counts it, names the reason, and goes on', async () => {
    open();
    answers = [refuse(400)];
    await write(UP, 0);
    await store.flush();
    await write(UP, 15);
    await store.flush();
    expect(sent).toEqual([['up@15=1']]);
    expect(store.stats()).toMatchObject({
      droppedSamples: 1,
      lastDrop: 'http://remote answered 400: no thanks',
      queuedSamples: 0,
    });
  });

  it('sends in halves what is refused for one sample in it', async () => {
    open({
      fetch: (url, init) => {
        const isBad = init.body instanceof Uint8Array && uncompressBlock(init.body, 1 << 20).includes(99);
        return isBad ? Promise.resolve(new Response('bad', { status: 400 })) : answer(url, init);
      },
    });
    const labels = Array.from({ length: 9 }, (_none, i) => Labels.from({ __name__: `m${i === 4 ? 'c' : i}` }));
    await appendRows(
      store,
      labels.map((each) => ({ labels: each, at: NOW, value: 1 })),
    );
    await store.flush();
    expect(sent.flat().length).toBe(8);
    expect(store.stats()).toMatchObject({ sentSamples: 8, droppedSamples: 1, queuedSamples: 0 });
  });

  it('joins what has gathered while it could not send, up to a size', async () => {
    open({ maxSamplesPerSend: 2 });
    answers = [refuse(500)];
    for (const offset of [0, 1, 2, 3]) {
      await write(UP, offset);
    }
    await settle();
    await clock.advance(100);
    await store.flush();
    expect(sent.map((request) => request.length)).toEqual([2, 2]);
  });

  it('keeps what was acknowledged over a restart, and sends it then', async () => {
    open();
    answers = [refuse(500)];
    await write(UP, 0);
    await settle();
    await store[Symbol.asyncDispose]();
    expect(sent).toEqual([]);
    open();
    await store.flush();
    expect(sent).toEqual([['up@0=1']]);
  });

  it('sends what another number of shards had left', async () => {
    open({ shards: 8 });
    answers = Array.from({ length: 8 }, () => refuse(500));
    await write(UP, 0);
    await write(DOWN, 0);
    await settle();
    await store[Symbol.asyncDispose]();
    answers = [];
    open({ shards: 1 });
    await store.flush();
    expect(sent.flat().sort()).toEqual(['down@0=1', 'up@0=1']);
  });

  it('refuses more when the queue is full, and takes it once there is room', async () => {
    open({ maxQueueBytes: 100 });
    answers = Array.from({ length: 3 }, () => refuse(500));
    await write(UP, 0);
    await write(DOWN, 0);
    await expect(write(UP, 15)).rejects.toThrow('raise storage.remote.max_queue_bytes');
    await settle();
    await clock.advance(1_000);
    await settle();
    await clock.advance(10_000);
    await store.flush();
    await write(UP, 15);
    await store.flush();
    expect(sent.flat()).toEqual(['up@0=1', 'down@0=1', 'up@15=1']);
  });
});

describe('what a remote store cannot tell', () => {
  it('survives a restart: watermarks, metadata, sources', async () => {
    open();
    const rows = { labels: [UP], timestamps: [NOW], values: [1] };
    const metadata = new Map([['up', { type: 'gauge', help: 'h', unit: '' } as const]]);
    await store.append({ source: 's', rows, metadata, watermarkMs: NOW });
    await store[Symbol.asyncDispose]();
    open({ fetch: async (url, init) => (url.includes('metadata') ? Response.json({ data: {} }) : answer(url, init)) });
    expect(await store.watermark('s')).toBe(NOW);
    expect(await store.metadata()).toEqual(metadata);
    expect(await store.sources([new Matcher('job', '=~', 'a|b')])).toEqual(new Set(['s']));
    expect(await store.sources([new Matcher('job', '=', 'b')])).toEqual(new Set());
  });
});

it('forgets who wrote a series that nobody has written for a day, also on disk', async () => {
  open();
  const sourcesOf = (job: string) => store.sources([new Matcher('job', '=', job)]);
  await write(UP, 0);
  await write(DOWN, 0);
  await clock.advance(12 * 3_600_000);
  await write(UP, 15);
  await clock.advance(12 * 3_600_000);
  expect([await sourcesOf('a'), await sourcesOf('b')]).toEqual([new Set(['test']), new Set()]);
  await store[Symbol.asyncDispose]();
  open();
  expect([await sourcesOf('a'), await sourcesOf('b')]).toEqual([new Set(['test']), new Set()]);
});

describe('reading', () => {
  it('says who did not answer, without the query', async () => {
    open({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('refused') })) });
    const selection = { matchers: [], fromMs: 0, toMs: 1 };
    await expect(store.select(selection)).rejects.toThrow('http://remote does not answer: fetch failed (refused)');
  });

  it('refuses an answer beyond the limit', async () => {
    const result = [
      {
        metric: {},
        values: [
          [1, '1'],
          [2, '+Inf'],
        ],
      },
    ];
    open({ maxSamples: 1, fetch: async () => Response.json({ status: 'success', data: { resultType: 'matrix', result } }) });
    await expect(store.select({ matchers: [], fromMs: 0, toMs: 3000 })).rejects.toThrow('more than 1 samples');
  });
});

it.for([
  { matchers: [], text: '{__name__!=""}' },
  { matchers: [new Matcher('a', '=', 'x"\\\n')], text: '{a="x\\"\\\\\\n"}' },
  { matchers: [new Matcher('a', '!=', 'x')], text: '{a!="x",__name__!=""}' },
  { matchers: [new Matcher('a.b', '=~', '.+')], text: '{"a.b"=~".+"}' },
])('matchers as text: $text', ({ matchers, text }) => {
  expect(selectorText(matchers)).toBe(text);
});

it.for([
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', Number.NaN],
  ['1e+21', 1e21],
] as const)('%s is a value', ([text, value]) => {
  expect(parseValue(text)).toBe(value);
});
