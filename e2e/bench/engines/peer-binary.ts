import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** Where a peer's program is: what the environment variable says, else the first of that name on the PATH. */
export function pathOf(variable: string, name: string): string | undefined {
  const candidates = [
    process.env[variable] ?? '',
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)),
  ];
  return candidates.find((path) => path !== '' && isExecutable(path));
}

/**
 * The version of a peer: the first number it prints about itself; for a program that was built without one, what the variable
 * `NAME_VERSION` says, or its Debian package.
 */
export function versionOf(binary: string, option: string, variable: string): string {
  return (
    numberIn(output(binary, [option])) ??
    process.env[`${variable}_VERSION`] ??
    numberIn(output('dpkg-query', ['-s', basename(binary)])) ??
    'of unknown version'
  );
}

function numberIn(text: string): string | undefined {
  return /\bversion:? v?(\d+\.\d+(?:\.\d+)?)/i.exec(text)?.[1];
}

function output(program: string, options: readonly string[]): string {
  try {
    return execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
