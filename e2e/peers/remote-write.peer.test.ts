import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { tila as command } from '../harness/program.ts';
import { compareAll } from './compare-answers.ts';
import { findPeer } from './find-peer.ts';
import type { QueryTarget } from './instant-query.ts';
import { NodeExporter } from './node-exporter.ts';
import { Prometheus } from './prometheus.ts';

const COLLECT_MS = 45_000;
/** Senders wait up to 5 s for a batch to fill. */
const SETTLED_MS = 12_000;

/** A current Prometheus, besides Debian's: only it speaks 2.0. */
const CURRENT = findPeer('TILA_PEER_PROMETHEUS', 'remote write 2.0 from a Prometheus 3');

const SENDERS = [
  { why: 'the installed Prometheus', program: 'prometheus', message: undefined },
  ...CURRENT.flatMap((program) => [
    { why: 'a current Prometheus, 1.0', program, message: 'prometheus.WriteRequest' },
    { why: 'a current Prometheus, 2.0', program, message: 'io.prometheus.write.v2.Request' },
  ]),
];

describe.for(SENDERS)('what $why sends by remote write', ({ program, message }) => {
  const stack = new AsyncDisposableStack();
  let prometheus: Prometheus;
  let tila: Console;
  let cookie: string;

  beforeAll(async () => {
    const exporter = stack.use(await NodeExporter.start());
    tila = stack.use(new Console({ config: 'sources: []\n', rules: '', routing: '' }));
    await tila.start();
    cookie = await tila.signIn();
    await using created = command([
      'token',
      'create',
      '--name',
      'sender',
      '--scope',
      'ingest',
      '--config',
      `${tila.folder}/tila.yaml`,
    ]);
    const [token] = await created.printed(/tila_\S+/);
    const remoteWrite = {
      url: `${tila.url}/api/v1/write`,
      authorization: { credentials: token },
      queue_config: { min_shards: 4 },
      metadata_config: { send_interval: '2s' },
      ...(message !== undefined && { protobuf_message: message }),
    };
    prometheus = stack.use(await Prometheus.start(exporter.address, { program, remoteWrite }));
    await pause(COLLECT_MS + SETTLED_MS);
  });

  afterAll(() => stack.disposeAsync());

  const target = (): QueryTarget => ({ url: tila.url, headers: { Cookie: cookie } });

  it('gives the same answers here', async () => {
    await compareAll(prometheus, target(), SETTLED_MS);
  });

  it('was taken without a word', () => {
    expect(prometheus.output).not.toMatch(/non-recoverable|failed to send|remote_write.*error/i);
  });

  // Prometheus 3.14 sends empty metadata with 2.0 unless its WAL has records of it, which it writes only when they change.
  it.skipIf(message?.includes('v2'))('has its metadata', async () => {
    const { data } = await tila.api<{ data: Record<string, { type: string }[]> }>(
      '/api/v1/metadata?metric=node_cpu_seconds_total',
    );
    expect(data.node_cpu_seconds_total?.[0]).toMatchObject({ type: 'counter' });
  });

  it('is a source with a watermark', async () => {
    const sources = await tila.api<{ source: string; state: string; kind: string; lagMs: number }[]>('/api/sources');
    expect(sources.find(({ source }) => source === 'remote-write/sender')).toMatchObject({ state: 'ok', kind: 'remote_write' });
  });
});
