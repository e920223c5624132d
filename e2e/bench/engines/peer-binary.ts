import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a peer's program is: what the environment variable says, else the first of that name on the PATH. */
export function pathOf(variable: string, name: string): string | undefined {
  const candidates = [
    process.env[variable] ?? '',
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)),
  ];
  return candidates.find((path) => path !== '' && isExecutable(path));
}

/** The first version number that a program prints about itself. */
export function firstVersion(binary: string, option: string): string {
  const text = execFileSync(binary, [option], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return /v?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1] ?? 'unknown';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
