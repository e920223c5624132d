import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describeSeriesStore, type StoreTraits } from '../../model/series-store.contract.ts';
import { type Engine, EngineFixture } from './engine.fixture.ts';

const PROMETHEUS: Omit<Engine, 'program' | 'readBy'> = {
  args: ({ folder, address }) => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--web.enable-remote-write-receiver',
  ],
  files: { 'prometheus.yml': 'storage: { tsdb: { out_of_order_time_window: 30m } }\n' },
  readyPath: '/-/ready',
};

const VICTORIA_METRICS: Omit<Engine, 'program' | 'readBy'> = {
  args: ({ folder, address }) => [
    `-storageDataPath=${join(folder, 'data')}`,
    `-httpListenAddr=${address}`,
    '-search.latencyOffset=0s',
  ],
  readyPath: '/health',
  flushPath: '/internal/force_flush',
};

/**
 * Judging happens at the other end, after the acknowledgement, and samples of a series are put in order before they are sent;
 * lists there go by blocks or days.
 */
const REMOTE: Partial<StoreTraits> = { judgesRows: false, refusesTooOld: false, listsWindowExactly: false };

interface Peer {
  readonly name: string;
  readonly program: string | undefined;
  readonly engine: Omit<Engine, 'program'>;
  readonly lacking: Partial<StoreTraits>;
}

const BY_QUERY: Partial<StoreTraits> = { ...REMOTE, keepsMarkers: false };

/** It keeps decimals of 15 digits and takes NaN for the end of a series; of two values at one time one stays, by its own rule. */
const VICTORIA: Partial<StoreTraits> = { ...BY_QUERY, keepsFirstValue: false, keepsNaN: false, keepsEveryBit: false };

const PEERS: readonly Peer[] = [
  {
    name: 'Prometheus by remote read',
    program: onPath('prometheus'),
    engine: { ...PROMETHEUS, readBy: 'remote_read' },
    lacking: REMOTE,
  },
  {
    name: 'Prometheus by its query API',
    program: onPath('prometheus'),
    engine: { ...PROMETHEUS, readBy: 'query' },
    lacking: BY_QUERY,
  },
  {
    name: 'a current Prometheus by remote read',
    program: process.env.TILA_PEER_PROMETHEUS,
    engine: { ...PROMETHEUS, readBy: 'remote_read' },
    lacking: REMOTE,
  },
  {
    name: 'VictoriaMetrics',
    program: onPath('victoria-metrics'),
    engine: { ...VICTORIA_METRICS, readBy: 'query' },
    lacking: VICTORIA,
  },
  {
    name: 'a current VictoriaMetrics',
    program: process.env.TILA_PEER_VICTORIA,
    engine: { ...VICTORIA_METRICS, readBy: 'query' },
    lacking: VICTORIA,
  },
];

for (const { name, program, engine, lacking } of PEERS) {
  if (program === undefined) {
    process.stdout.write(`SKIPPED: the store contract on ${name}: it is not installed, or TILA_PEER_… does not name it\n`);
  } else {
    describeSeriesStore(name, () => openOn({ ...engine, program }), lacking);
  }
}

async function openOn(engine: Engine) {
  const fixture = await EngineFixture.start(engine);
  // Whole seconds in the past hour, which all engines take.
  const startMs = Math.floor(Date.now() / 1000) * 1000 - 65 * 60_000;
  return {
    store: fixture.store,
    startMs,
    settle: () => fixture.settle(),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
