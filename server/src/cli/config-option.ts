import { resolve } from 'node:path';
import { type Config, configFrom, loadConfig } from '../config/load-config.ts';
import { textOption } from './command.ts';

/** Options that say which console is meant. */
export const CONFIG_OPTIONS = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  listen: { type: 'string' },
} as const;

/** The folder of the console that `npm start` runs without a configuration. */
const DEFAULT_DATA_DIRECTORY = 'data';

/**
 * The configuration that the options name; without `--config`, an empty one. `--data-dir` and `--listen` win over the file.
 * @throws InvalidFileError
 */
export function configFor(values: Readonly<Record<string, unknown>>, cwd: string): Config {
  const path = textOption(values, 'config');
  const config = path === undefined ? configFrom('{}', 'the built-in configuration', cwd) : loadConfig(resolve(cwd, path));
  return withOptions(config, values, cwd);
}

/** The same for a configuration that comes from elsewhere. */
export function withOptions(config: Config, values: Readonly<Record<string, unknown>>, cwd: string): Config {
  const dataDirectory = textOption(values, 'data-dir');
  const listen = textOption(values, 'listen');
  const { server } = config.file;
  const listening =
    listen === undefined
      ? server
      : { ...server, listen: configFrom(`server: { listen: "${listen}" }`, '--listen', cwd).file.server.listen };
  return {
    ...config,
    file: { ...config.file, server: listening },
    dataDirectory: dataDirectory === undefined ? config.dataDirectory : resolve(cwd, dataDirectory),
  };
}

export function dataDirectoryFor(values: Readonly<Record<string, unknown>>, cwd: string): string {
  return resolve(cwd, textOption(values, 'data-dir') ?? DEFAULT_DATA_DIRECTORY);
}
