import type { IngestCommit } from '../ingest/ingest.ts';
import type { Labels } from '../model/labels.ts';
import { Matcher } from '../model/matcher.ts';
import { isStale } from '../model/sample.ts';
import type { SampleRows, SeriesReader } from '../model/series-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Entity, entityKey, entityOf } from './entity.ts';
import { EntityTree } from './entity-tree.ts';
import { type UnmappedSeries, UnmappedSeriesCount } from './unmapped-series.ts';

export interface InventoryDeps {
  readonly clock: Clock;
  /** Environments in the order they are shown; others follow by name. A declared one is there before it has any series. */
  readonly environments: readonly string[];
  /** An entity without samples for this long is forgotten. Default 24 hours. */
  readonly forgetAfterMs?: number;
}

/** An entity and the time of its newest sample, epoch milliseconds; staleness markers do not count. */
export interface KnownEntity extends Entity {
  readonly newestSampleAt: number;
  /** Names of the sources that write its samples. */
  readonly sources: ReadonlySet<string>;
}

export interface ClusterNode {
  readonly cluster: string;
  readonly services: readonly KnownEntity[];
}

export interface EnvironmentNode {
  readonly environment: string;
  readonly clusters: readonly ClusterNode[];
}

interface Tracked extends Entity {
  newestSampleAt: number;
  readonly sources: Set<string>;
}

/** What a column of labels that has come before consists of. */
interface KnownColumn {
  readonly entities: readonly Tracked[];
  /** Those of no entity. */
  readonly unmapped: readonly Labels[];
  unmappedNotedAt: number;
}

const HOUR_MS = 3_600_000;
const NOTE_UNMAPPED_EVERY_MS = 60_000;

/**
 * Environments, clusters and services as the labels of incoming series name them, with the age of what is known about each.
 * Keeps nothing of a series that belongs to one. A column of labels that comes again with one time for all rows, as scrapes do,
 * costs next to nothing.
 */
export class Inventory {
  readonly #deps: InventoryDeps;
  readonly #entities = new Map<string, Tracked>();
  readonly #tree = new EntityTree<Tracked>();
  /** `null` for a column that has come once: only those that come again are worth remembering. */
  #columns = new WeakMap<readonly Labels[], KnownColumn | null>();
  readonly #unmapped = new UnmappedSeriesCount(HOUR_MS);
  readonly #listeners = new Set<(entity: KnownEntity) => void>();

  constructor(deps: InventoryDeps) {
    this.#deps = deps;
  }

  /** Learns from what the store holds of the last `forgetAfterMs`, once at start. */
  async restore(reader: SeriesReader, signal?: AbortSignal): Promise<void> {
    const now = this.#deps.clock.now();
    for (const windowMs of [HOUR_MS / 4, this.#forgetAfterMs]) {
      const matchers = [new Matcher('environment', '!=', ''), new Matcher('service', '!=', '')];
      // The short window is hot and gives times; the long one only finds what has gone quiet since.
      for (const labels of await reader.series({ matchers, fromMs: now - windowMs, toMs: now })) {
        const entity = entityOf(labels);
        if (entity !== null && !this.#entities.has(entityKey(entity))) {
          await this.#restoreEntity(reader, { entity, fromMs: now - windowMs, toMs: now, signal });
        }
      }
    }
  }

  /** Takes note of rows that were stored. Connect with `ingest.subscribe((commit) => inventory.observe(commit))`. */
  observe(commit: Pick<IngestCommit, 'rows' | 'source'>): void {
    this.#observeRows(commit.rows, commit.source);
  }

  /** Environment → cluster → service, declared environments first, the rest by name. */
  tree(): readonly EnvironmentNode[] {
    const entities = this.entities();
    return this.environments().map((environment) => {
      const inside = entities.filter((entity) => entity.environment === environment);
      const clusters = [...Map.groupBy(inside, ({ cluster }) => cluster)].sort(([a], [b]) => compareText(a, b));
      return { environment, clusters: clusters.map(([cluster, services]) => ({ cluster, services })) };
    });
  }

  environments(): readonly string[] {
    const declared = this.#deps.environments;
    const seen = new Set(this.entities().map(({ environment }) => environment));
    return [...declared, ...[...seen].filter((name) => !declared.includes(name)).sort(compareText)];
  }

  /** All entities, sorted by environment, cluster and service. Forgets what has been silent for too long. */
  entities(): readonly KnownEntity[] {
    this.#forgetSilent();
    return [...this.#entities.values()]
      .map((entity) => ({ ...entity }))
      .sort(
        (a, b) =>
          compareText(a.environment, b.environment) || compareText(a.cluster, b.cluster) || compareText(a.service, b.service),
      );
  }

  /** When the newest sample of an entity was taken, or `null` when it is not known. */
  newestSampleAt(entity: Entity): number | null {
    return this.#entities.get(entityKey(entity))?.newestSampleAt ?? null;
  }

  /** Series written in the last hour that belong to no entity, by metric and job, most first. */
  unmapped(): readonly UnmappedSeries[] {
    return this.#unmapped.list(this.#deps.clock.now());
  }

  /** Calls back synchronously for each entity seen for the first time. Returns the function that ends it. */
  subscribe(listener: (entity: KnownEntity) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  get #forgetAfterMs(): number {
    return this.#deps.forgetAfterMs ?? 24 * HOUR_MS;
  }

  #observeRows(rows: SampleRows, source: string): void {
    const timestampMs = onlyTime(rows);
    const known = timestampMs === null ? undefined : this.#columns.get(rows.labels);
    if (timestampMs === null || known === undefined || known === null) {
      this.#observeEach(rows, source);
      if (timestampMs !== null) {
        this.#columns.set(rows.labels, known === null ? this.#columnOf(rows.labels) : null);
      }
      return;
    }
    this.#noteUnmapped(known);
    for (const entity of known.entities) {
      note(entity, source, timestampMs);
    }
  }

  /** Now and then: a list of the last hour does not need every row of them. */
  #noteUnmapped(column: KnownColumn): void {
    const now = this.#deps.clock.now();
    if (now - column.unmappedNotedAt < NOTE_UNMAPPED_EVERY_MS) {
      return;
    }
    column.unmappedNotedAt = now;
    for (const labels of column.unmapped) {
      this.#unmapped.seen(labels, now);
    }
  }

  #columnOf(column: readonly Labels[]): KnownColumn {
    const entities = new Set<Tracked>();
    const unmapped: Labels[] = [];
    for (const labels of column) {
      const entity = this.#find(labels);
      if (entity === undefined) {
        unmapped.push(labels);
      } else {
        entities.add(entity);
      }
    }
    return { entities: [...entities], unmapped, unmappedNotedAt: this.#deps.clock.now() };
  }

  #observeEach(rows: SampleRows, source: string): void {
    const now = this.#deps.clock.now();
    let before: Labels | undefined;
    let entity: Tracked | undefined;
    for (let i = 0; i < rows.labels.length; i += 1) {
      const labels = rows.labels[i];
      const timestampMs = rows.timestamps[i] ?? 0;
      if (labels === undefined || isStale(rows.values[i] ?? 0)) {
        continue;
      }
      if (labels !== before) {
        before = labels;
        entity = this.#find(labels) ?? this.#meet(labels, timestampMs, now);
      }
      if (entity !== undefined) {
        note(entity, source, timestampMs);
      }
    }
  }

  #find(labels: Labels): Tracked | undefined {
    const environment = labels.get('environment');
    return environment === '' ? undefined : this.#tree.get(environment, labels);
  }

  /** A series of an entity that is not known yet, or of none: then it is counted. */
  #meet(labels: Labels, timestampMs: number, now: number): Tracked | undefined {
    const entity = entityOf(labels);
    if (entity === null) {
      this.#unmapped.seen(labels, now);
      return undefined;
    }
    return this.#track(entity, timestampMs);
  }

  #track(entity: Entity, newestSampleAt: number): Tracked {
    const key = entityKey(entity);
    const known = this.#entities.get(key);
    if (known !== undefined) {
      return known;
    }
    const made: Tracked = { ...entity, newestSampleAt, sources: new Set() };
    this.#entities.set(key, made);
    this.#tree.set(entity, made);
    for (const listener of this.#listeners) {
      listener({ ...made });
    }
    return made;
  }

  async #restoreEntity(
    reader: SeriesReader,
    found: { readonly entity: Entity; readonly fromMs: number; readonly toMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    const { entity, fromMs, toMs, signal } = found;
    const matchers = Object.entries(entity).map(([name, value]) => new Matcher(name, '=', value));
    const sources = await reader.sources(matchers);
    for (const { timestamps, values } of await reader.select({ matchers, fromMs, toMs }, signal)) {
      const newest = values.findLastIndex((value) => !isStale(value));
      const timestampMs = timestamps[newest];
      if (timestampMs !== undefined) {
        const tracked = this.#track(entity, timestampMs);
        tracked.newestSampleAt = Math.max(tracked.newestSampleAt, timestampMs);
        for (const source of sources) {
          tracked.sources.add(source);
        }
      }
    }
  }

  #forgetSilent(): void {
    const oldest = this.#deps.clock.now() - this.#forgetAfterMs;
    const silent = [...this.#entities].filter(([, { newestSampleAt }]) => newestSampleAt < oldest);
    for (const [key] of silent) {
      this.#entities.delete(key);
    }
    if (silent.length > 0) {
      // Columns may still point at what was forgotten; the next of each looks its entities up again.
      this.#tree.clear();
      for (const entity of this.#entities.values()) {
        this.#tree.set(entity, entity);
      }
      this.#columns = new WeakMap();
    }
  }
}

/** The time of all rows, `null` when there is more than one, none, or a row that ends its series. */
function onlyTime({ timestamps, values }: SampleRows): number | null {
  const first = timestamps[0] ?? null;
  for (let i = 0; i < timestamps.length; i += 1) {
    if (timestamps[i] !== first || isStale(values[i] ?? 0)) {
      return null;
    }
  }
  return first;
}

function note(entity: Tracked, source: string, timestampMs: number): void {
  entity.sources.add(source);
  entity.newestSampleAt = Math.max(entity.newestSampleAt, timestampMs);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : Number(a > b) - Number(a < b);
}
