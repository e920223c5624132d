import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Relabeler } from '@tila/collectors/relabel/relabel.ts';
import type { Config } from '../config/load-config.ts';
import { Ingest } from '../ingest/ingest.ts';
import type { Labels } from '../model/labels.ts';
import type { MetricMetadata, SampleRows } from '../model/series-store.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogging } from '../runtime/logger.ts';
import type { Tsdb } from '../storage/tsdb/tsdb.ts';
import { prepareDataFolder, StartError } from './data-folder.ts';
import { ingestLimits } from './ingest-limits.ts';
import { openEmbedded } from './metric-store.ts';

/** Whose the imported series are. */
const SOURCE = 'import';
/** Between two of these, what is older than the hot window leaves memory. */
const ROWS_A_MAINTENANCE = 500_000;

/** What became of some rows. */
export interface ImportReceipt {
  readonly refused: number;
  readonly problems: readonly string[];
}

/** Writes into the data folder of a console that does not run, by the same rules as the running one. */
export class FolderImport implements AsyncDisposable {
  readonly #store: Tsdb;
  readonly #ingest: Ingest;
  readonly #mapping: Relabeler;
  readonly #signal = new AbortController().signal;
  #rowsUnmaintained = 0;

  /** Use `openFolderImport`. */
  constructor(store: Tsdb, ingest: Ingest, mapping: Relabeler) {
    this.#store = store;
    this.#ingest = ingest;
    this.#mapping = mapping;
  }

  /** Resolves once what can be stored is durable. */
  async store(rows: SampleRows, metadata: ReadonlyMap<string, MetricMetadata>): Promise<ImportReceipt> {
    const taken = { labels: [] as Labels[], timestamps: [] as number[], values: [] as number[] };
    const problems: string[] = [];
    let unfit = 0;
    for (const [row, given] of rows.labels.entries()) {
      const mapped = this.#mapping.apply(given.toJSON());
      const labels = mapped === null ? null : this.#ingest.labelsOf(mapped);
      if (typeof labels === 'string') {
        unfit += 1;
        problems.push(labels);
      } else if (labels !== null) {
        taken.labels.push(labels);
        taken.timestamps.push(rows.timestamps[row] ?? Number.NaN);
        taken.values.push(rows.values[row] ?? Number.NaN);
      }
    }
    const batch = { source: SOURCE, ...taken, metadata: Object.fromEntries(metadata) };
    const { duplicate, tooOld, invalid, problems: more } = await this.#ingest.write(batch, this.#signal);
    await this.#maintain(rows.labels.length);
    const told = [
      ...problems.slice(0, 3),
      ...more,
      ...(duplicate > 0 ? [`${duplicate} samples have another value than is stored`] : []),
      ...(tooOld > 0 ? [`${tooOld} samples are older than the out-of-order window allows`] : []),
    ];
    return { refused: unfit + duplicate + tooOld + invalid, problems: told };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.maintain();
    await this.#store[Symbol.asyncDispose]();
  }

  async #maintain(rows: number): Promise<void> {
    this.#rowsUnmaintained += rows;
    if (this.#rowsUnmaintained >= ROWS_A_MAINTENANCE) {
      this.#rowsUnmaintained = 0;
      await this.#store.maintain();
    }
  }
}

/** @throws StartError when there is no such folder or its samples are elsewhere, DataFolderInUseError while a console runs on it */
export async function openFolderImport(config: Config, output: { write(line: string): void }): Promise<FolderImport> {
  const { file, dataDirectory } = config;
  if (file.storage.remote !== undefined) {
    throw new StartError('the configuration keeps samples in another engine; import through the running console, with --url');
  }
  if (!existsSync(join(dataDirectory, 'metrics.db'))) {
    throw new StartError(`${dataDirectory} holds no console yet; start it once, or name its folder with --data-dir or --config`);
  }
  const clock = systemClock;
  const logging = createLogging({ level: 'warn', output });
  const store = await openEmbedded({ clock, config, folder: prepareDataFolder(dataDirectory), logging });
  const ingest = new Ingest({
    writer: store,
    sources: { admit: () => true, committed: () => undefined, report: () => undefined },
    clock,
    logger: logging.for('ingest'),
    random: Math.random,
    limits: ingestLimits(file),
  });
  return new FolderImport(store, ingest, new Relabeler(file.inventory.mapping));
}
