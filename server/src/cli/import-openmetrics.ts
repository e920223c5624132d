import { resolve } from 'node:path';
import { type FolderImport, openFolderImport } from '../app/folder-import.ts';
import { API_OPTIONS, apiTarget } from './api-client.ts';
import { type Command, parseOptions, type Terminal, textOption, UsageError } from './command.ts';
import { CONFIG_OPTIONS, configFor } from './config-option.ts';
import { type OpenMetricsBatch, readOpenMetrics } from './openmetrics-file.ts';
import { sendBatch } from './send-batch.ts';

const MAX_PROBLEMS = 100;

/** Stores a batch. Resolves with the words in which some of it was refused, or with `null` when all of it was taken. */
type StoreBatch = (batch: OpenMetricsBatch) => Promise<string | null>;

/**
 * Brings samples of the past into a running console, or into the data folder of one that does not run. The whole file is checked
 * before anything is stored, so that a file with a mistake changes nothing; then it goes batch by batch, each stored for good
 * before the next. Importing a file twice does no harm.
 */
export const importOpenMetricsCommand: Command = {
  name: 'import openmetrics',
  usage: 'import openmetrics FILE [--url URL] [--token TOKEN | --data-dir FOLDER | --config FILE]',
  summary: 'Import samples of an OpenMetrics file into a running console, or into the folder of one that does not run.',
  async run(args, terminal) {
    const { config, 'data-dir': dataDirectory } = CONFIG_OPTIONS;
    const { values, positionals } = parseOptions(args, { ...API_OPTIONS, config, 'data-dir': dataDirectory });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) {
      throw new UsageError('name one OpenMetrics file');
    }
    const isStopped = textOption(values, 'data-dir') !== undefined || textOption(values, 'config') !== undefined;
    if (isStopped && (textOption(values, 'url') ?? textOption(values, 'token')) !== undefined) {
      throw new UsageError('--url and --token are for a running console, --data-dir and --config for one that does not run');
    }
    const path = resolve(terminal.cwd, file);
    if (!isStopped) {
      const target = apiTarget(values, terminal);
      return (await check(path, file, terminal)) ? send(path, (batch) => sendBatch(target, batch), terminal) : 1;
    }
    await using folder = await openFolderImport(configFor(values, terminal.cwd), { write: terminal.writeError });
    return (await check(path, file, terminal)) ? await send(path, (batch) => storeBatch(folder, batch), terminal) : 1;
  },
};

async function storeBatch(folder: FolderImport, { rows, metadata }: OpenMetricsBatch): Promise<string | null> {
  const { refused, problems } = await folder.store(rows, metadata);
  return refused === 0 ? null : `${refused} samples refused: ${problems.join('; ')}`;
}

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

async function send(path: string, store: StoreBatch, terminal: Terminal): Promise<number> {
  let sent = 0;
  let refusals = 0;
  for await (const batch of readOpenMetrics(path)) {
    if (batch.rows.labels.length === 0) {
      continue;
    }
    const refused = await store(batch);
    if (refused !== null) {
      refusals += 1;
      terminal.writeError(`${refused.trim()}\n`);
    }
    sent += batch.rows.labels.length;
  }
  const outcome = refusals === 0 ? '' : `, some of which were refused in ${refusals} batches`;
  terminal.write(`${sent} samples imported${outcome}\n`);
  return refusals === 0 ? 0 : 1;
}
