import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of all files below a folder, as `ls` counts them; 0 when there is none. */
export function bytesBelow(folder: string, counts: (path: string) => boolean = () => true): number {
  if (!existsSync(folder)) {
    return 0;
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(counts)
    .reduce((sum, path) => sum + statSync(path).size, 0);
}
