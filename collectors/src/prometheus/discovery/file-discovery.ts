import { glob, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Clock, pause } from '../../clock.ts';
import { type FileDiscoveryConfig, TargetGroup } from '../scrape/schema.ts';
import type { Discovery } from './discovery.ts';

export interface FileDiscoveryDeps {
  readonly clock: Clock;
  readonly baseDirectory: string;
  readonly onFailure: (file: string, error: unknown) => void;
}

/** Files are small and reading them is cheap, so they are read this often even when `refresh_interval` is longer. */
const LOOK_EVERY_MS = 5_000;

/** `file_sd_configs`: YAML or JSON files with a list of target groups. A broken file keeps its last good groups. */
export class FileDiscovery implements Discovery {
  readonly #config: FileDiscoveryConfig;
  readonly #deps: FileDiscoveryDeps;
  readonly #good = new Map<string, { readonly text: string; readonly groups: readonly TargetGroup[] }>();

  constructor(config: FileDiscoveryConfig, deps: FileDiscoveryDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async run(update: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    while (!signal.aborted) {
      await this.#readAll();
      const groups = [...this.#good.values()].flatMap((file) => file.groups);
      const text = JSON.stringify(groups);
      if (text !== told) {
        told = text;
        update(groups);
      }
      await pause(this.#deps.clock, Math.min(this.#config.refresh_interval, LOOK_EVERY_MS), signal);
    }
  }

  async #readAll(): Promise<void> {
    const files = new Set<string>();
    for (const pattern of this.#config.files) {
      const path = resolve(this.#deps.baseDirectory, pattern);
      for await (const file of path.includes('*') ? glob(path) : [path]) {
        files.add(file);
        await this.#read(file);
      }
    }
    for (const file of [...this.#good.keys()]) {
      if (!files.has(file)) {
        this.#good.delete(file);
      }
    }
  }

  async #read(file: string): Promise<void> {
    try {
      const text = await readFile(file, 'utf8');
      if (this.#good.get(file)?.text !== text) {
        this.#good.set(file, { text, groups: parseGroups(parse(text)) });
      }
    } catch (error) {
      this.#deps.onFailure(file, error);
    }
  }
}

/** @throws Error that says where the list of groups is wrong. */
export function parseGroups(value: unknown): TargetGroup[] {
  const groups = z.array(TargetGroup).safeParse(value);
  if (!groups.success) {
    throw new Error(`not a list of { targets, labels }:\n${z.prettifyError(groups.error)}`);
  }
  return groups.data;
}
