import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/load-config.ts';
import { DashboardLibrary } from '../dashboards/dashboard-library.ts';
import type { DemoControl } from '../http/deps.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { createLogging, type Logging } from '../runtime/logger.ts';
import { SelfMetrics } from '../runtime/self-metrics.ts';
import { openStateStore } from '../state/state-store.ts';
import type { TsdbOpening } from '../storage/tsdb/tsdb-opening.ts';
import { openAlerting } from './alerting.ts';
import type { AppContext } from './app-context.ts';
import { declareSources, startCollectors } from './collecting.ts';
import { readConfigFiles } from './config-files.ts';
import { prepareDataFolder } from './data-folder.ts';
import { listen } from './listen.ts';
import { type MetricsPipeline, openMetrics } from './metrics-pipeline.ts';
import { startObservingSelf } from './observe-self.ts';
import { reloader } from './reload.ts';
import { openEdges, type ServingParts } from './serving.ts';

export type Role = 'all' | 'server';

export interface AppOptions {
  readonly config: Config;
  /** `server` leaves collecting to processes of their own. */
  readonly role: Role;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Where log lines go. */
  readonly output: { write(line: string): void };
  readonly demo?: DemoControl;
  readonly clock?: Clock;
  /** Of the embedded store in the data folder, when it was begun before; its caller disposes of it should the start fail. */
  readonly opening?: TsdbOpening | undefined;
}

/** A running console. Disposing stops everything in reverse order; what was acknowledged is kept. */
export interface App extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** A one-time sign-in address while the first user has no password, else null. */
  readonly loginUrl: string | null;
  /** Reads the configuration's files again; resolves with the problems that stopped it, none when it worked. */
  reload(): Promise<readonly string[]>;
}

const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Starts the server with everything in it.
 * @throws InvalidFileError, StartError, DataFolderInUseError: each says in its message what to mend
 */
export async function startApp(options: AppOptions): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const { context, server, url } = await openContext(options, stack);
  const metrics = await openMetrics(context);
  const check = (expr: string) => metrics.ruleEvaluator.check(expr);
  const readFiles = (config: Config) => readConfigFiles(config, { env: options.env, check });
  const files = readFiles(options.config);
  declareSources(options.config.file.sources, metrics.registry);
  const alerting = await openAlerting(context, metrics, files);
  const dashboards = openDashboards(context, metrics);
  dashboards.replace(files.dashboards);
  const reload = reloader({ config: options.config, readFiles, alerting, dashboards, logger: context.logging.for('app') });
  const parts: ServingParts = {
    metrics,
    alerting,
    dashboards,
    server,
    reload,
    demo: options.demo ?? null,
    version: options.version,
    webRoot: WEB_ROOT,
    startedAt: context.clock.now(),
  };
  const auth = await openEdges(context, parts);
  await startObservingSelf(context, { metrics, alerting });
  // Only now is everybody listening for what becomes of deliveries that were on their way when the last process ended.
  alerting.notifications.resume();
  await alerting.rules.start();
  if (options.role === 'all') {
    startCollectors(context, metrics.ingest);
  }
  const first = await auth.desk.firstSignIn();
  const running = stack.move();
  return {
    url,
    loginUrl: first === null ? null : `${context.externalUrl}/login/once#${first.token}`,
    reload,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openContext(
  options: AppOptions,
  stack: AsyncDisposableStack,
): Promise<{ context: AppContext; server: Server; url: string }> {
  const { config, env, clock = systemClock } = options;
  const folder = prepareDataFolder(config.dataDirectory);
  const metrics = new SelfMetrics();
  const logging = openLogging(options, metrics);
  stack.defer(() => logging.close());
  const server = createServer((_request, response) => response.writeHead(503, { 'Retry-After': '1' }).end('starting\n'));
  const url = await listen(server, config.file.server.listen, stack);
  const state = openStateStore(folder.state);
  stack.defer(() => state.destroy());
  const externalUrl = (config.file.server.external_url ?? url).replace(/\/+$/, '');
  const { opening } = options;
  return { context: { clock, config, env, logging, metrics, stack, folder, state, opening, externalUrl }, server, url };
}

function openLogging({ config, output }: AppOptions, metrics: SelfMetrics): Logging {
  const { level, graylog } = config.file.logging;
  return createLogging({ level, output, onLost: () => metrics.logsLost.inc(), ...(graylog === undefined ? {} : { graylog }) });
}

function openDashboards({ clock, logging }: AppContext, { queries }: MetricsPipeline): DashboardLibrary {
  return new DashboardLibrary({
    clock,
    log: logging.for('dashboards'),
    async hasResult(expr, signal) {
      const result = await queries.instant(expr, clock.now(), { signal });
      return result.kind !== 'vector' || result.series.length > 0;
    },
  });
}
