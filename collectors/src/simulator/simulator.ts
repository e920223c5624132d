import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { controlRouter } from './control/control-router.ts';
import { ESTATE } from './estate/environments.ts';
import { ENVIRONMENTS, type Environment } from './estate/estate.ts';
import { Inbox } from './inbox/inbox.ts';
import { inboxRouter } from './inbox/inbox-router.ts';
import { SmtpInbox } from './mail/smtp-inbox.ts';
import { EnvironmentHistory } from './prometheus/environment-history.ts';
import { prometheusRouter } from './prometheus/prometheus-router.ts';
import { loadScenarios } from './scenarios/scenario-file.ts';
import { ScenarioRuns } from './scenarios/scenario-runs.ts';
import { targetsRouter } from './targets/targets-router.ts';
import { World } from './targets/world.ts';
import { teamsRouter } from './teams/teams-router.ts';
import { WebhookMode } from './teams/webhook-mode.ts';
import { CHANNELS, type WebhookUrls, webhookUrls } from './teams/webhook-urls.ts';

export interface SimulatorClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, no earlier than `delayMs` from now. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface SimulatorOptions {
  /** HTTP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly smtpPort: number;
  /** Two simulators with the same seed show the same estate. */
  readonly seed: string;
  /** How far back the Prometheus servers know the estate. */
  readonly historyMs: number;
  readonly clock: SimulatorClock;
  /** Remembers scenario runs over a restart, so that counters continue; without it they are forgotten. */
  readonly stateFile?: string | undefined;
  /** Scenarios to start after the given delay, each only if it has never run (by `stateFile`). */
  readonly autoStart?: readonly { readonly scenario: string; readonly delayMs: number }[];
}

/** Where everything is; printed as one line of JSON when the simulator is ready. */
export interface SimulatorAddresses {
  readonly url: string;
  readonly inbox: string;
  readonly smtp: { readonly host: string; readonly port: number };
  /** HTTP service discovery by environment. */
  readonly sd: Readonly<Record<string, string>>;
  /** Base URL of each environment's Prometheus. */
  readonly prometheus: Readonly<Record<string, string>>;
  /** Webhooks by channel. */
  readonly teams: Readonly<Record<string, WebhookUrls>>;
}

/** A running demo estate: exporters, Prometheus servers, Teams webhooks, SMTP, inbox, control. Disposing closes all sockets. */
export interface Simulator extends AsyncDisposable {
  readonly addresses: SimulatorAddresses;
  readonly runs: ScenarioRuns;
  readonly inbox: Inbox;
}

/** Starts the demo estate on 127.0.0.1. Rejects when a port is taken or a scenario file is wrong. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock } = options;
  const scenarios = loadScenarios(join(import.meta.dirname, 'scenarios'));
  const runs = new ScenarioRuns({ clock, estate: ESTATE, scenarios, stateFile: options.stateFile });
  const world = new World({ seed: options.seed, estate: ESTATE, scenarioFiles: scenarios, scenarios: runs });
  const inbox = new Inbox();
  const mode = new WebhookMode();
  await using opened = new AsyncDisposableStack();
  const smtp = opened.use(new SmtpInbox({ clock, inbox }));
  const app = createApp([
    targetsRouter({ clock, world }),
    inboxRouter(inbox),
    teamsRouter({ clock, inbox, mode }),
    controlRouter({ clock, scenarios, runs, mode, smtp, inbox }),
  ]);
  app.use('/prometheus', prometheusRouter({ clock, scenarios: runs, histories: historiesOf({ world, runs, options }) }));
  const server = createServer(app);
  opened.defer(() => closeServer(server));
  const port = await listen(server, options.port);
  const smtpPort = await smtp.listen(options.smtpPort);
  for (const { scenario, delayMs } of options.autoStart ?? []) {
    if (runs.runs.every((run) => run.scenario !== scenario)) {
      opened.defer(clock.after(delayMs, () => void runs.start(scenario)));
    }
  }
  const resources = opened.move();
  return { addresses: addressesOf(port, smtpPort), runs, inbox, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function historiesOf(from: {
  readonly world: World;
  readonly runs: ScenarioRuns;
  readonly options: SimulatorOptions;
}): ReadonlyMap<Environment, EnvironmentHistory> {
  const { world, runs, options } = from;
  const startedAt = (): number => options.clock.now() - options.historyMs;
  return new Map(
    ENVIRONMENTS.map((environment) => [
      environment,
      new EnvironmentHistory({ environment, targets: world.targets(environment), scenarios: runs, startedAt }),
    ]),
  );
}

function createApp(routers: readonly express.Router[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(onlyLocalNames);
  app.get('/healthz', (_request, response) => void response.send('OK\n'));
  app.get('/', (_request, response) => response.redirect('/inbox'));
  for (const router of routers) {
    app.use(router);
  }
  return app;
}

/** Another site's page can reach 127.0.0.1 under its own name (DNS rebinding); its requests carry that name. */
function onlyLocalNames(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (!['127.0.0.1', 'localhost', '[::1]', '::1'].includes(request.hostname)) {
    response.status(421).send('the simulator answers to 127.0.0.1 and localhost only\n');
    return;
  }
  next();
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // The address of a TCP server is an object; the string form is for pipes.
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function addressesOf(port: number, smtpPort: number): SimulatorAddresses {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    inbox: `${url}/inbox`,
    smtp: { host: '127.0.0.1', port: smtpPort },
    sd: Object.fromEntries(ENVIRONMENTS.map((name) => [name, `${url}/sd/${name}`])),
    prometheus: Object.fromEntries(ENVIRONMENTS.map((name) => [name, `${url}/prometheus/${name}`])),
    teams: Object.fromEntries(CHANNELS.map((channel) => [channel, webhookUrls(url, channel)])),
  };
}
