import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { MetricMetadata } from '../../model/series-store.ts';

/** A body waiting to be sent: a snappy block holding a write request. */
export interface QueuedBody {
  readonly id: number;
  readonly samples: number;
  readonly body: Uint8Array;
}

/** Samples of some series on their way to the queue. */
export interface NewBody {
  readonly shard: number;
  readonly samples: number;
  readonly body: Uint8Array;
}

/** Everything that one append makes durable at once. */
export interface QueueCommit {
  readonly bodies: readonly NewBody[];
  readonly watermark?: { readonly source: string; readonly watermarkMs: number };
  readonly metadata?: ReadonlyMap<string, MetricMetadata>;
  /** Series, as label text, that a source has written for the first time. */
  readonly newSeries: readonly { readonly labels: string; readonly source: string }[];
}

/** The queue holds as much as it may: the remote store has been away, or slower than what is written, for long. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';

  constructor(maxBytes: number) {
    super(
      `the queue to the remote store is full (${maxBytes} bytes): see why it takes nothing, or raise storage.remote.max_queue_bytes`,
    );
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, shard INTEGER NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS queue_shard ON queue (shard, id);
  CREATE TABLE IF NOT EXISTS watermark (source TEXT PRIMARY KEY, watermark_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS metadata (name TEXT PRIMARY KEY, type TEXT NOT NULL, help TEXT NOT NULL, unit TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS series (labels TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (labels, source)) WITHOUT ROWID;
`;

/**
 * What has been acknowledged and not yet been sent, on disk: it survives a killed process. Beside it what a remote store
 * cannot tell: watermarks, metadata, and which source wrote a series.
 */
export class WriteQueue implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #maxBytes: number;
  #bytes: number;
  #samples: number;

  constructor(options: { readonly folder: string; readonly maxBytes: number }) {
    mkdirSync(options.folder, { recursive: true });
    this.#maxBytes = options.maxBytes;
    this.#database = new DatabaseSync(join(options.folder, 'remote-queue.db'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA}`);
    const waiting = this.#prepare('SELECT total(length(body)) AS bytes, total(samples) AS samples FROM queue').get();
    this.#bytes = Number(waiting?.bytes);
    this.#samples = Number(waiting?.samples);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Makes everything durable in one commit, or nothing. @throws QueueFullError */
  commit(commits: readonly QueueCommit[]): void {
    const bodies = commits.flatMap((commit) => commit.bodies);
    const bytes = bodies.reduce((total, { body }) => total + body.length, 0);
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new QueueFullError(this.#maxBytes);
    }
    this.#transaction(() => {
      for (const commit of commits) {
        this.#insert(commit);
      }
    });
    this.#bytes += bytes;
    this.#samples += bodies.reduce((total, { samples }) => total + samples, 0);
  }

  /** The oldest bodies of a shard, as many as hold `maxSamples`, at least one when there is one. */
  oldest(shard: number, maxSamples: number): readonly QueuedBody[] {
    const found: QueuedBody[] = [];
    let samples = 0;
    for (const row of this.#prepare('SELECT id, samples, body FROM queue WHERE shard = ? ORDER BY id').iterate(shard)) {
      const size = Number(row.samples);
      if (!(row.body instanceof Uint8Array) || (found.length > 0 && samples + size > maxSamples)) {
        break;
      }
      found.push({ id: Number(row.id), samples: size, body: row.body });
      samples += size;
    }
    return found;
  }

  remove(sent: readonly QueuedBody[]): void {
    this.#transaction(() => {
      const statement = this.#prepare('DELETE FROM queue WHERE id = ?');
      for (const { id } of sent) {
        statement.run(id);
      }
    });
    this.#bytes -= sent.reduce((total, { body }) => total + body.length, 0);
    this.#samples -= sent.reduce((total, { samples }) => total + samples, 0);
  }

  /** Shards that bodies were queued for, by this process or one before that had another number of shards. */
  shards(): readonly number[] {
    return this.#prepare('SELECT DISTINCT shard FROM queue')
      .all()
      .map((row) => Number(row.shard));
  }

  watermarks(): ReadonlyMap<string, number> {
    const rows = this.#prepare('SELECT source, watermark_ms FROM watermark').all();
    return new Map(rows.map((row) => [String(row.source), Number(row.watermark_ms)]));
  }

  metadata(): ReadonlyMap<string, { readonly type: string; readonly help: string; readonly unit: string }> {
    const rows = this.#prepare('SELECT name, type, help, unit FROM metadata').all();
    return new Map(
      rows.map((row) => [String(row.name), { type: String(row.type), help: String(row.help), unit: String(row.unit) }]),
    );
  }

  series(): readonly { readonly labels: string; readonly source: string }[] {
    const rows = this.#prepare('SELECT labels, source FROM series').all();
    return rows.map((row) => ({ labels: String(row.labels), source: String(row.source) }));
  }

  forgetSeries(labels: readonly string[]): void {
    this.#transaction(() => {
      for (const each of labels) {
        this.#prepare('DELETE FROM series WHERE labels = ?').run(each);
      }
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #insert({ bodies, watermark, metadata = new Map(), newSeries }: QueueCommit): void {
    for (const { shard, samples, body } of bodies) {
      this.#prepare('INSERT INTO queue (shard, samples, body) VALUES (?, ?, ?)').run(shard, samples, body);
    }
    if (watermark !== undefined) {
      this.#prepare(
        `INSERT INTO watermark VALUES (?, ?)
         ON CONFLICT (source) DO UPDATE SET watermark_ms = max(watermark_ms, excluded.watermark_ms)`,
      ).run(watermark.source, watermark.watermarkMs);
    }
    for (const [name, { type, help, unit }] of metadata) {
      this.#prepare('INSERT OR REPLACE INTO metadata VALUES (?, ?, ?, ?)').run(name, type, help, unit);
    }
    for (const { labels, source } of newSeries) {
      this.#prepare('INSERT OR IGNORE INTO series VALUES (?, ?)').run(labels, source);
    }
  }

  #transaction(run: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      run();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}
