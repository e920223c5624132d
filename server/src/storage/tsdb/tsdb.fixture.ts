import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../runtime/logger.ts';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import { openTsdb, type Tsdb } from './tsdb.ts';
import type { TsdbOptions } from './tsdb-options.ts';

/** A multiple of every block range used in tests. */
export const START_MS = 1_700_006_400_000;

/** A store on a folder of its own that can be closed and opened again, under a clock that the test moves. */
export class TsdbFixture implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tila-tsdb-'));
  readonly clock = new ManualClock(START_MS);
  readonly #options: Partial<TsdbOptions>;
  #store: Tsdb | undefined;

  constructor(options: Partial<TsdbOptions> = {}) {
    this.#options = options;
  }

  async open(): Promise<Tsdb> {
    this.#store = await openTsdb({ folder: this.folder, clock: this.clock, logger: silentLogger, gatherMs: 0, ...this.#options });
    return this.#store;
  }

  async reopen(): Promise<Tsdb> {
    await this.#store?.[Symbol.asyncDispose]();
    return this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
