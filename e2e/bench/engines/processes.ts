import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ on every Linux Node runs on

export interface Memory {
  /** Bytes of physical memory mapped, shared libraries included. */
  readonly rss: number;
  /** Bytes of it that no file backs: heap, stacks. */
  readonly anonymous: number;
}

/** CPU seconds a process and its children have used, in user and kernel. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid)
    .map(statOf)
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, 0);
}

/** What a process and its children hold, from /proc/PID/smaps_rollup. */
export function memoryOf(pid: number): Memory {
  const rollups = treeOf(pid).map((one) => readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'));
  const sum = (name: string): number =>
    rollups.reduce((total, text) => total + 1024 * Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0), 0);
  return { rss: sum('Rss'), anonymous: sum('Anonymous') };
}

function treeOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(statOf(Number(name))[1]));
    } catch {
      // It has ended since the listing.
    }
  }
  const tree = [root];
  for (const member of tree) {
    tree.push(...[...parents].filter(([, parent]) => parent === member).map(([pid]) => pid));
  }
  return tree;
}

/** The fields of /proc/PID/stat from the state on: 1 is the parent, 11 and 12 the ticks. */
function statOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
