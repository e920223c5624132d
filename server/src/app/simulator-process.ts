import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { StartError } from './data-folder.ts';

const SIMULATOR = fileURLToPath(new URL('../../../collectors/src/simulator/main.ts', import.meta.url));
const STOP_MS = 2000;
// A query over six hours of everything would else let the heap grow for no gain.
const MEMORY = ['--max-old-space-size=128', '--max-semi-space-size=4'];
const CHANNEL = 'sre-alerts';

const Ready = z.object({
  ready: z.literal(true),
  url: z.string(),
  inbox: z.string(),
  smtp: z.object({ host: z.string(), port: z.number() }),
  teams: z.record(z.string(), z.object({ workflow: z.string() })),
});

/** The demo estate, running as a process of its own. Disposing stops it. */
export interface SimulatorProcess extends AsyncDisposable {
  readonly url: string;
  readonly inbox: string;
  readonly smtp: { readonly host: string; readonly port: number };
  readonly teamsUrl: string;
}

export interface SimulatorOptions {
  readonly dataDirectory: string;
  /** Ports that are tried first; any free one when they are taken. */
  readonly port: number;
  readonly smtpPort: number;
  /** The scripted outage and when it begins, `payments-bad-deploy@75s`; none when absent. */
  readonly scenario?: string;
}

/** Starts the demo estate. @throws StartError when it does not come up */
export async function startSimulator(options: SimulatorOptions): Promise<SimulatorProcess> {
  const preferred = await tryStart(options);
  return preferred ?? (await tryStart({ ...options, port: 0, smtpPort: 0 })) ?? fail();
}

function fail(): never {
  throw new StartError('the demo estate did not start; run "npx node collectors/src/simulator/main.ts --port 0" to see why');
}

async function tryStart({ dataDirectory, port, smtpPort, scenario }: SimulatorOptions): Promise<SimulatorProcess | null> {
  const args = ['--port', String(port), '--smtp-port', String(smtpPort), '--state-file', join(dataDirectory, 'demo-estate.json')];
  // A process group of its own: Ctrl-C in the terminal reaches the console first, which stops the estate last.
  const child = fork(SIMULATOR, [...args, ...(scenario === undefined ? [] : ['--auto-scenario', scenario])], {
    silent: true,
    detached: true,
    execArgv: MEMORY,
  });
  const line = await firstLine(child);
  if (line === null) {
    return null;
  }
  const { url, inbox, smtp, teams } = Ready.parse(JSON.parse(line));
  const teamsUrl = (teams[CHANNEL] ?? Object.values(teams)[0])?.workflow ?? '';
  return { url, inbox, smtp, teamsUrl, [Symbol.asyncDispose]: () => stop(child) };
}

async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) {
    return null;
  }
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), once(child, 'exit').then(() => null)]);
  lines.close();
  child.stdout.resume();
  child.stderr?.resume();
  return line;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}
