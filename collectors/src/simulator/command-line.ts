import { parseArgs } from 'node:util';
import { parseDurationMs } from './prometheus/selector.ts';

/** What `main.ts` was asked to do. */
export interface CommandLine {
  readonly port: number;
  readonly smtpPort: number;
  readonly seed: string;
  readonly historyMs: number;
  readonly readyFile: string | undefined;
  readonly stateFile: string | undefined;
  readonly autoStart: readonly { readonly scenario: string; readonly delayMs: number }[];
}

export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export const USAGE = `The demo estate: exporters, Prometheus servers, a Teams webhook, an SMTP server and an inbox page on 127.0.0.1.

  --port N              HTTP port, 0 for a free one        (default 9640)
  --smtp-port N         SMTP port, 0 for a free one        (default 9625)
  --seed TEXT           same seed, same estate             (default "tila")
  --history 6h          how far back Prometheus knows      (default 6h)
  --auto-scenario NAME@DELAY   start a scenario by itself, e.g. payments-bad-deploy@75s; may be given again
  --state-file PATH     remember scenario runs over restarts
  --ready-file PATH     write the addresses there as well as to standard output
`;

/**
 * Reads the options of the demo estate.
 * @throws CommandLineError naming the option and what it takes.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = parseOptions(args);
  return {
    port: portOf('--port', values.port ?? '9640'),
    smtpPort: portOf('--smtp-port', values['smtp-port'] ?? '9625'),
    seed: values.seed ?? 'tila',
    historyMs: durationOf('--history', values.history ?? '6h'),
    readyFile: values['ready-file'],
    stateFile: values['state-file'],
    autoStart: (values['auto-scenario'] ?? []).map(autoStartOf),
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'smtp-port': { type: 'string' },
        seed: { type: 'string' },
        history: { type: 'string' },
        'ready-file': { type: 'string' },
        'state-file': { type: 'string' },
        'auto-scenario': { type: 'string', multiple: true },
      },
    }).values;
  } catch (cause) {
    throw new CommandLineError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function portOf(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw new CommandLineError(`${option} takes a port from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

function durationOf(option: string, text: string): number {
  if (!/^(\d+(ms|[smhd]))+$/.test(text)) {
    throw new CommandLineError(`${option} takes a duration such as 90s or 6h, not ${JSON.stringify(text)}`);
  }
  return parseDurationMs(text);
}

function autoStartOf(text: string): { readonly scenario: string; readonly delayMs: number } {
  const [scenario = '', delay = '0s'] = text.split('@');
  return { scenario, delayMs: durationOf('--auto-scenario NAME@DELAY', delay) };
}
