import { resolve } from 'node:path';
import { HttpIngestClient } from '@tila/collectors/delivery/http-ingest-client.ts';
import { Spool } from '@tila/collectors/delivery/spool.ts';
import { HttpClient } from '@tila/collectors/http/http-client.ts';
import { HttpClientConfig } from '@tila/collectors/http/http-config.ts';
import type { Config } from '../config/load-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogging } from '../runtime/logger.ts';
import { SelfMetrics } from '../runtime/self-metrics.ts';
import { startCollectors } from './collecting.ts';
import { prepareDataFolder, StartError } from './data-folder.ts';

const SPOOL_BYTES = 1024 ** 3;

interface CollectorAppOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: { write(line: string): void };
}

/** The collectors alone, pushing to a server elsewhere through a spool on disk. @throws StartError */
export async function startCollectorApp({ config, env, output }: CollectorAppOptions): Promise<AsyncDisposable> {
  const target = config.file.collector;
  if (target === undefined) {
    throw new StartError(
      'the collector role needs to know its server; set collector.server_url and collector.token_file in the configuration',
    );
  }
  await using stack = new AsyncDisposableStack();
  const folder = prepareDataFolder(config.dataDirectory);
  const metrics = new SelfMetrics();
  const logging = createLogging({ level: config.file.logging.level, output });
  const http = stack.use(
    new HttpClient({
      config: HttpClientConfig.parse({ bearer_token_file: resolve(config.baseDirectory, target.token_file) }),
      clock: systemClock,
      baseDirectory: config.baseDirectory,
      environment: env,
    }),
  );
  const ingest = stack.use(
    new HttpIngestClient({
      http,
      spool: await Spool.open(folder.spool, { maxBytes: SPOOL_BYTES }),
      server: target.server_url,
      clock: systemClock,
      log: logging.for('delivery'),
      random: Math.random,
      onDelivery: (outcome) => metrics.outsideCalls.inc({ target: 'tila server', outcome }),
    }),
  );
  startCollectors({ clock: systemClock, config, env, logging, metrics, stack }, ingest);
  const running = stack.move();
  return { [Symbol.asyncDispose]: () => running.disposeAsync() };
}
