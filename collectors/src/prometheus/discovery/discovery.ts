import type { TargetGroup } from '../scrape/schema.ts';

/** One place that names targets. */
export interface Discovery {
  /**
   * Calls `update` with all groups once they are known and again whenever they change; after a failure the last good answer
   * stands. Returns when the signal aborts, or at once when nothing can change.
   */
  run(update: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void>;
}

/** Targets written in the configuration. */
export class StaticDiscovery implements Discovery {
  readonly #groups: readonly TargetGroup[];

  constructor(groups: readonly TargetGroup[]) {
    this.#groups = groups;
  }

  async run(update: (groups: readonly TargetGroup[]) => void): Promise<void> {
    update(this.#groups);
  }
}
