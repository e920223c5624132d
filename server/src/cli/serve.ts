import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { App } from '../app/app.ts';
import { prepareDataFolder } from '../app/data-folder.ts';
import type { SimulatorProcess } from '../app/simulator-process.ts';
import { type Config, configFrom } from '../config/load-config.ts';
import { TsdbOpening } from '../storage/tsdb/tsdb-opening.ts';
import { type Command, parseOptions, type Terminal, textOption, UsageError } from './command.ts';
import { CONFIG_OPTIONS, configFor, dataDirectoryFor, withOptions } from './config-option.ts';
import { untilStopped } from './until-stopped.ts';
import { version } from './version.ts';

const ROLES = ['all', 'server', 'collector'];
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DEMO_CONFIG = new URL('../app/demo.tila.yaml', import.meta.url);
const OPTIONS = {
  ...CONFIG_OPTIONS,
  role: { type: 'string' },
  'demo-port': { type: 'string' },
  'demo-smtp-port': { type: 'string' },
  'demo-scenario': { type: 'string' },
} as const;

type Values = Readonly<Record<string, unknown>>;

/** Starts the console: on the configuration's sources, or on the demo estate when there is no configuration. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve [--config FILE] [--role all|server|collector] [--listen HOST:PORT] [--data-dir FOLDER]',
  summary: 'Start the console; without --config on the demo estate.',
  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    if (positionals.length > 0) {
      throw new UsageError(`"${positionals.join(' ')}" is no option; a configuration file is named with --config`);
    }
    const role = textOption(values, 'role') ?? 'all';
    if (!ROLES.includes(role)) {
      throw new UsageError(`--role is all, server or collector, not "${role}"`);
    }
    if (values.config === undefined) {
      if (role !== 'all') {
        throw new UsageError(`--role=${role} needs --config`);
      }
      return serveDemo(values, terminal);
    }
    const config = configFor(values, terminal.cwd);
    return role === 'collector'
      ? serveCollectors(config, terminal)
      : serve(config, role === 'server' ? 'server' : 'all', terminal);
  },
};

async function serve(config: Config, role: 'all' | 'server', terminal: Terminal): Promise<number> {
  await using opening = beginOpening(config);
  const { startApp } = await import('../app/app.ts');
  await using app = await startApp({
    config,
    role,
    opening,
    env: terminal.env,
    version: version(),
    output: lineOutput(terminal),
  });
  announce(app, terminal);
  await untilStopped({ terminal, reload: app.reload });
  return 0;
}

/** The store is opened by a thread while everything else is still being loaded. */
function beginOpening({ dataDirectory, file }: Config): TsdbOpening | undefined {
  return file.storage.remote === undefined ? new TsdbOpening(prepareDataFolder(dataDirectory).metrics) : undefined;
}

async function serveCollectors(config: Config, terminal: Terminal): Promise<number> {
  const { startCollectorApp } = await import('../app/collector-app.ts');
  await using _collectors = await startCollectorApp({ config, env: terminal.env, output: lineOutput(terminal) });
  terminal.write(`tila: collecting for ${config.file.collector?.server_url}\n`);
  await untilStopped({ terminal });
  return 0;
}

async function serveDemo(values: Values, terminal: Terminal): Promise<number> {
  const dataDirectory = dataDirectoryFor(values, terminal.cwd);
  await using opening = new TsdbOpening(prepareDataFolder(dataDirectory).metrics);
  terminal.write('tila: starting the demo estate …\n');
  const { startSimulator } = await import('../app/simulator-process.ts');
  await using estate = await startSimulator({
    dataDirectory,
    port: portOption(values, 'demo-port', 9640),
    smtpPort: portOption(values, 'demo-smtp-port', 9625),
    scenario: textOption(values, 'demo-scenario') ?? 'payments-bad-deploy@75s',
  });
  terminal.write('tila: opening the store …\n');
  const [{ startApp }, { demoControl }] = await Promise.all([import('../app/app.ts'), import('../app/adapters/demo-control.ts')]);
  const config = demoConfig({ values, dataDirectory, estate }, terminal.cwd);
  // The demo's own receivers win: a fake outage must never reach a real channel that the shell happens to name.
  const env = { ...terminal.env, ...demoEnvironment(estate) };
  await using app = await startApp({
    config,
    role: 'all',
    env,
    opening,
    version: version(),
    output: lineOutput(terminal),
    demo: demoControl(estate.url, globalThis.fetch),
  });
  announce(app, terminal);
  terminal.write(`tila: the demo's Teams cards and mails arrive at ${estate.inbox}\n`);
  await untilStopped({ terminal, reload: app.reload });
  return 0;
}

function demoConfig(
  {
    values,
    dataDirectory,
    estate,
  }: { readonly values: Values; readonly dataDirectory: string; readonly estate: SimulatorProcess },
  cwd: string,
): Config {
  const text = readFileSync(DEMO_CONFIG, 'utf8')
    .replaceAll('DEMO_URL', estate.url)
    .replaceAll('REPOSITORY', ROOT.replace(/\/$/, ''));
  return withOptions({ ...configFrom(text, 'the demo configuration', ROOT), dataDirectory }, values, cwd);
}

function demoEnvironment({ smtp, teamsUrl }: SimulatorProcess): Readonly<Record<string, string>> {
  return { TILA_TEAMS_WEBHOOK_URL: teamsUrl, TILA_SMTP_SMARTHOST: `${smtp.host}:${smtp.port}`, TILA_SMTP_REQUIRE_TLS: 'false' };
}

function announce({ url, loginUrl }: App, terminal: Terminal): void {
  terminal.write(`tila: ready at ${url}\n`);
  terminal.write(loginUrl === null ? '' : `tila: sign in once with ${loginUrl}\n`);
  // A process that is killed would not keep what it compiled. Nothing but after an update, then a fifth of a second.
  flushCompileCache();
}

/** Log lines go to standard error, so that standard output is for the person. */
function lineOutput(terminal: Terminal): { write(line: string): void } {
  return { write: (line) => terminal.writeError(line) };
}

function portOption(values: Values, name: string, fallback: number): number {
  const text = textOption(values, name) ?? String(fallback);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new UsageError(`--${name} is a port from 0 to 65535, not "${text}"`);
  }
  return Number(text);
}
