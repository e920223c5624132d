import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuth } from '../auth/auth.ts';
import type { Role } from '../auth/identity.ts';
import { Labels } from '../model/labels.ts';
import { NO_STANDING } from '../overview/alert-status.ts';
import { InThreadQueries } from '../query-workers/in-thread-queries.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore } from '../state/state-store.ts';
import type { HttpDeps } from './deps.ts';
import { createHttpApp } from './http-app.ts';

const EMPTY_RESULT = { kind: 'vector', series: [], annotations: { warnings: [], infos: [] } } as const;

/** A running HTTP side over fakes and a real auth database in memory. */
export interface HttpHarness extends AsyncDisposable {
  readonly url: string;
  readonly clock: ManualClock;
  readonly deps: HttpDeps;
  readonly app: ReturnType<typeof createHttpApp>;
  /** Headers of a signed-in admin's browser on our own page. */
  readonly browser: Readonly<Record<string, string>>;
  /** Headers of a fresh API token. */
  token(role: Role, scope?: 'api' | 'ingest'): Promise<Record<string, string>>;
}

/** Starts on a free port of 127.0.0.1. */
export async function startHttp(overrides: Partial<HttpDeps> = {}): Promise<HttpHarness> {
  const state = openStateStore(':memory:');
  const clock = new ManualClock(1_700_000_000_000);
  const auth = createAuth({ state, clock, scryptCost: { N: 1024, r: 8, p: 1 } });
  const deps: HttpDeps = { ...fakeParts(), clock, auth, ...overrides };
  const app = createHttpApp(deps);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a string.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const first = await auth.desk.firstSignIn();
  const session = await auth.desk.signInOnce({ token: first?.token ?? '', ip: '' });
  return {
    url,
    clock,
    deps,
    app,
    browser: { cookie: `tila_session=${session.secret}`, origin: url, 'sec-fetch-site': 'same-origin' },
    token: async (role, scope = 'api') => {
      const { secret } = await auth.tokens.create({ name: role, role, scope, createdBy: 'test', expiresAt: null });
      return { authorization: `Bearer ${secret}` };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await state.destroy();
    },
  };
}

function fakeParts(): Omit<HttpDeps, 'clock' | 'auth'> {
  return {
    log: silentLogger,
    version: '1.2.3',
    externalUrl: null,
    trustedProxies: 0,
    webRoot: null,
    overview: { tiles: () => [], inventory: () => ({ environments: [] }) },
    alerts: { current: () => [] },
    alertStatus: { statusOf: () => NO_STANDING },
    alertHistory: { historyOf: () => [] },
    rules: { groups: () => [] },
    silences: {
      list: () => [],
      save: ({ id = 's1', ...silence }, createdBy) => {
        return { ...silence, id, createdBy, status: { state: 'active' }, updatedAt: silence.startsAt };
      },
      expire: () => undefined,
    },
    incidents: {
      list: () => [],
      detail: () => undefined,
      addNote: () => undefined,
      acknowledge: () => undefined,
      exportMarkdown: (id) => (id === 'i1' ? '# Incident\n' : undefined),
    },
    deliveries: { list: () => [] },
    sources: { list: () => [] },
    dashboards: { forTarget: () => Promise.resolve([]) },
    query: new InThreadQueries({ instant: async () => EMPTY_RESULT, evaluate: async () => EMPTY_RESULT }),
    cardinality: null,
    series: { series: async () => [], labelNames: async () => [], labelValues: async () => [], metadata: async () => new Map() },
    ingest: {
      write: async (batch) => ({ accepted: batch.values.length, duplicate: 0, tooOld: 0, invalid: 0, problems: [] }),
      watermark: async () => 42,
      report: () => undefined,
    },
    nameSeries: Labels.from,
    runbooks: { read: async (name) => (name === 'known' ? '# Known' : undefined) },
    demo: null,
    running: { startedAt: 1_700_000_000_000, retentionMs: 15 * 86_400_000 },
    reload: async () => [],
    metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' },
    readiness: { checks: () => ({ state: true, ingest: false }) },
    observe: () => undefined,
  };
}
