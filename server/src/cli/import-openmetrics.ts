import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compressBlock } from '../model/remote-write/snappy-block.ts';
import { encodeWrite } from '../model/remote-write/write-encoder.ts';
import { API_OPTIONS, type ApiTarget, apiTarget } from './api-client.ts';
import { type Command, parseOptions, type Terminal, UsageError } from './command.ts';
import { type OpenMetricsBatch, readOpenMetrics } from './openmetrics-file.ts';

const MAX_PROBLEMS = 100;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
const TIMEOUT_MS = 60_000;

/**
 * Brings samples of the past into a running console. The whole file is checked before anything is sent, so that a file with a
 * mistake changes nothing; then it goes batch by batch, each stored for good before the next. Importing a file twice does no harm.
 */
export const importOpenMetricsCommand: Command = {
  name: 'import openmetrics',
  usage: 'import openmetrics FILE [--url URL] [--token TOKEN]',
  summary: 'Import samples of an OpenMetrics file into a running console.',
  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, API_OPTIONS);
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) {
      throw new UsageError('name one OpenMetrics file');
    }
    const target = apiTarget(values, terminal);
    const path = resolve(terminal.cwd, file);
    return (await check(path, file, terminal)) ? send(path, target, terminal) : 1;
  },
};

async function check(path: string, file: string, terminal: Terminal): Promise<boolean> {
  let found = 0;
  for await (const { problems } of readOpenMetrics(path)) {
    for (const problem of problems) {
      found += 1;
      if (found <= MAX_PROBLEMS) {
        terminal.writeError(`${file}: ${problem}\n`);
      }
    }
  }
  if (found > 0) {
    terminal.writeError(`${found} ${found === 1 ? 'problem' : 'problems'} found; nothing was imported\n`);
  }
  return found === 0;
}

async function send(path: string, target: ApiTarget, terminal: Terminal): Promise<number> {
  let sent = 0;
  let refusals = 0;
  for await (const batch of readOpenMetrics(path)) {
    if (batch.rows.labels.length === 0) {
      continue;
    }
    const refused = await sendBatch(target, batch);
    if (refused !== null) {
      refusals += 1;
      terminal.writeError(`${refused.trim()}\n`);
    }
    sent += batch.rows.labels.length;
  }
  const outcome = refusals === 0 ? '' : `, some of which the console refused in ${refusals} batches`;
  terminal.write(`${sent} samples imported${outcome}\n`);
  return refusals === 0 ? 0 : 1;
}

/** Sends until it is stored. Resolves with the console's words when it can take only some of it, with `null` when it took all. */
async function sendBatch(target: ApiTarget, { rows, metadata }: OpenMetricsBatch): Promise<string | null> {
  const body = new Uint8Array(compressBlock(encodeWrite({ rows, metadata }, '1.0')));
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) {
      await pause(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
    const response = await post(target, body);
    if (typeof response === 'string') {
      last = response;
    } else if (response.ok) {
      return null;
    } else if (response.status === 400) {
      return await response.text();
    } else if (response.status === 401 || response.status === 403) {
      throw new Error(`${target.url} refuses the token; an import needs one of "tila token create --scope ingest"`);
    } else {
      last = `${response.status} ${await response.text()}`;
    }
  }
  throw new Error(`${target.url} does not take the samples: ${last}; run the import again, it goes on where it must`);
}

async function post(target: ApiTarget, body: Uint8Array<ArrayBuffer>): Promise<Response | string> {
  try {
    return await fetch(`${target.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        ...target.headers,
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'snappy',
        'X-Prometheus-Remote-Write-Version': '0.1.0',
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
