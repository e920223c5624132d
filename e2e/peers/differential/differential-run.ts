import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressBlock } from '../../../server/src/model/remote-write/snappy-block.ts';
import { encodeWrite } from '../../../server/src/model/remote-write/write-encoder.ts';
import { Console } from '../../harness/console.ts';
import { eventually } from '../../harness/eventually.ts';
import { tila as command, Program } from '../../harness/program.ts';
import { freePort } from '../free-port.ts';
import type { QueryTarget } from '../instant-query.ts';
import { type ApiResponse, differenceOf, isKnownBug, toleranceOf } from './compare-responses.ts';
import { DATA_MINUTES, generateData } from './generated-data.ts';
import { QueryGenerator } from './generated-query.ts';
import { Random } from './random.ts';

export interface DifferentialOptions {
  /** The Prometheus to compare with; 3.x. */
  readonly program: string;
  readonly seed: number;
  readonly queries: number;
  /** Largest relative difference of two values that counts as none. */
  readonly tolerance: number;
}

export interface Difference {
  /** The request, as a path of the API. */
  readonly request: string;
  readonly expr: string;
  readonly difference: string;
}

export interface DifferentialReport {
  readonly passed: number;
  readonly failed: readonly Difference[];
  /** How many of the passed had an answer with at least one series. */
  readonly answered: number;
  /** How many of the passed are as Prometheus answers without delayed name removal, but not as it answers with it. */
  readonly asDefault: number;
  /** How many of the passed differ by a known bug of that Prometheus. */
  readonly knownBugs: number;
}

const HOUR_MS = 3_600_000;

/**
 * Sends the same generated samples by remote write to a Prometheus and to a Tila, asks both the same generated queries over
 * their APIs and compares values, series, presence and annotations.
 */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialReport> {
  await using stack = new AsyncDisposableStack();
  const [theirs, asDefault, { ours, sender }] = await Promise.all([
    startPrometheus(stack, options.program, ['promql-delayed-name-removal']),
    startPrometheus(stack, options.program, []),
    startTila(stack),
  ]);
  const random = new Random(options.seed);
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  for (const rows of generateData(random, startMs)) {
    const body = compressBlock(encodeWrite({ rows }, '1.0'));
    await Promise.all([theirs, asDefault, sender].map((peer) => write(peer, body)));
  }
  const generator = new QueryGenerator(random, { startMs, minutes: DATA_MINUTES });
  const requests = Array.from({ length: options.queries }, () => requestFor(random, generator.query(), startMs));
  return await compareAll(requests, { theirs, asDefault, ours, tolerance: options.tolerance });
}

interface Peer extends QueryTarget {
  /** What it has printed, for the case that it ends. */
  readonly output: () => string;
}

interface Request {
  readonly expr: string;
  readonly path: string;
}

function requestFor(random: Random, expr: string, startMs: number): Request {
  const from = startMs / 1000 + random.integer(0, DATA_MINUTES * 60) + random.pick([0, 0, 0.5]);
  if (random.chance(0.5)) {
    return { expr, path: `/api/v1/query?${new URLSearchParams({ query: expr, time: String(from) })}` };
  }
  const step = random.pick([5, 15, 30, 60, 61.5]);
  const end = from + random.integer(0, 30) * step;
  const range = { query: expr, start: String(from), end: String(end), step: String(step) };
  return { expr, path: `/api/v1/query_range?${new URLSearchParams(range)}` };
}

interface Peers {
  readonly theirs: Peer;
  /** Asked where the first differs: delayed name removal is an experiment there, and comparisons forget about it. */
  readonly asDefault: Peer;
  readonly ours: Peer;
  readonly tolerance: number;
}

async function compareAll(
  requests: readonly Request[],
  { theirs, asDefault, ours, tolerance }: Peers,
): Promise<DifferentialReport> {
  const failed: Difference[] = [];
  let answered = 0;
  let explained = 0;
  let bugs = 0;
  for (const { expr, path } of requests) {
    const [there, here] = await Promise.all([ask(theirs, path), ask(ours, path)]);
    const allowed = toleranceOf(expr, tolerance);
    const difference = differenceOf(there, here, allowed);
    const fromDefault = difference === null ? null : differenceOf(await ask(asDefault, path), here, allowed);
    if (difference !== null && fromDefault === null) {
      explained += 1;
    } else if (difference !== null && isKnownBug(expr)) {
      bugs += 1;
    } else if (difference !== null) {
      failed.push({ request: path, expr, difference: `${difference}; without delayed name removal: ${fromDefault}` });
    } else if ((there.data?.result.length ?? 0) > 0) {
      answered += 1;
    }
  }
  return { passed: requests.length - failed.length, failed, answered, asDefault: explained, knownBugs: bugs };
}

async function ask({ url, headers, output }: Peer, path: string): Promise<ApiResponse> {
  const response = await fetch(url + path, { headers: { ...headers } }).catch((cause: unknown) => {
    throw new Error(`no answer to ${url}${path}\n${output().slice(-4000)}`, { cause });
  });
  return (await response.json()) as ApiResponse; // the API's documented shape
}

async function write({ url, headers }: QueryTarget, body: Uint8Array): Promise<void> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    },
    body: new Uint8Array(body),
  }).catch((cause: unknown) => {
    throw new Error(`${url} does not take the samples`, { cause });
  });
  if (!response.ok) {
    throw new Error(`${url} does not take the samples: ${response.status} ${await response.text()}`);
  }
}

async function startPrometheus(stack: AsyncDisposableStack, program: string, features: readonly string[]): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'tila-differential-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'prometheus.yml'), '{}');
  const address = `127.0.0.1:${await freePort()}`;
  const running = stack.use(
    new Program(program, [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
      `--enable-feature=${['promql-experimental-functions', ...features].join(',')}`,
      '--log.level=warn',
    ]),
  );
  const url = `http://${address}`;
  await eventually('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok && running.exitCode === null);
  return { url, output: () => running.output };
}

/** The same console for questions, and for samples. */
async function startTila(stack: AsyncDisposableStack): Promise<{ ours: Peer; sender: QueryTarget }> {
  const tila = stack.use(new Console({ config: 'sources: []\n', rules: '', routing: '' }));
  await tila.start();
  const cookie = await tila.signIn();
  const args = ['token', 'create', '--name', 'sender', '--scope', 'ingest', '--config', `${tila.folder}/tila.yaml`];
  await using created = command(args);
  const [token = ''] = await created.printed(/tila_\S+/);
  const { url } = tila;
  const output = (): string => tila.program.output;
  return { ours: { url, headers: { Cookie: cookie }, output }, sender: { url, headers: { Authorization: `Bearer ${token}` } } };
}
