import { globSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { InvalidFileError, parseYamlFile } from '../runtime/yaml-file.ts';
import { ConfigFile } from './config-file.ts';

/** A configuration as the program uses it: the file's content, with every path made absolute. */
export interface Config {
  readonly file: ConfigFile;
  /** The configuration file itself, for messages. */
  readonly path: string;
  /** Whether `path` can be read again, or the text came from elsewhere. */
  readonly isFile: boolean;
  /** Paths in the file are relative to this folder. */
  readonly baseDirectory: string;
  readonly dataDirectory: string;
}

/** A file the configuration names: where it is, and how it is called in messages. */
export interface NamedFile {
  readonly path: string;
  readonly name: string;
}

/** Reads a configuration file. @throws InvalidFileError with every problem in it, each with line, path and how to mend it. */
export function loadConfig(path: string): Config {
  const absolute = resolve(path);
  return { ...configFrom(readText(absolute, path), path, dirname(absolute)), isFile: true };
}

/** The same from text. `baseDirectory` is what relative paths are relative to. */
export function configFrom(text: string, path: string, baseDirectory: string): Config {
  const parsed = parseYamlFile(text, path, ConfigFile);
  if (!parsed.ok) {
    throw new InvalidFileError(parsed.problems);
  }
  return {
    file: parsed.value,
    path,
    isFile: false,
    baseDirectory,
    dataDirectory: resolve(baseDirectory, parsed.value.server.data_dir),
  };
}

/** The files that globs of the configuration name, each once, sorted. */
export function filesOf(config: Config, globs: readonly string[]): readonly NamedFile[] {
  const paths = globs.flatMap((glob) =>
    isAbsolute(glob)
      ? globSync(glob)
      : globSync(glob, { cwd: config.baseDirectory }).map((path) => resolve(config.baseDirectory, path)),
  );
  return [...new Set(paths)].sort().map((path) => ({ path, name: relative(config.baseDirectory, path) }));
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const message =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        ? 'there is no such file'
        : `cannot be read: ${String(cause)}`;
    throw new InvalidFileError([{ file: name, line: 1, column: 1, path: '', message }]);
  }
}
