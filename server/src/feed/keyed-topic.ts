import { isDeepStrictEqual } from 'node:util';
import type { PanelSeries } from '@tila/contract/feed.ts';
import { type PointSplice, splicePoints } from '@tila/contract/panel-points.ts';

type Points = PanelSeries['points'];

/** Changes to a map of items. A key is in at most one of the four records. */
export interface TopicChange<Item> {
  readonly set?: Readonly<Record<string, Item>>;
  readonly remove?: readonly string[];
  readonly append?: Readonly<Record<string, Points>>;
  readonly splice?: Readonly<Record<string, PointSplice>>;
  /** Comes last: points of every item before this time fall off. */
  readonly dropBefore?: number;
}

/** One numbered change: applies on top of `seq - 1`. */
export interface Delta<Item> {
  readonly seq: number;
  readonly set: Readonly<Record<string, Item>>;
  readonly remove: readonly string[];
  readonly append?: Readonly<Record<string, Points>>;
  readonly splice?: Readonly<Record<string, PointSplice>>;
  readonly dropBefore?: number;
}

export interface TopicOptions<Item> {
  /** How appended points change an item; needed only by topics that append. */
  readonly extend?: (item: Item, points: Points) => Item;
  /** How spliced points change an item, and what an item is without its old points; needed only by topics that splice. */
  readonly splice?: (item: Item, splice: PointSplice) => Item;
  readonly drop?: (item: Item, before: number) => Item;
  /** Called when there is something to cut. */
  readonly onChange?: () => void;
  /** Where numbering starts; 0 unless given. A topic that is opened anew must not repeat the numbers of its predecessor. */
  readonly firstSeq?: number;
  readonly maxDeltas?: number;
  /** Items and points kept in past deltas: the bound on their memory (about 1 MB at 100 bytes each). */
  readonly maxCells?: number;
}

/**
 * A topic of the live feed: the current items, and the latest numbered changes for those who come back.
 * Changes are staged as they happen and cut into one delta a tick, so that every watcher gets the very same delta.
 * Staging an item equal to the current one changes nothing.
 */
export class KeyedTopic<Item> {
  readonly #items = new Map<string, Item>();
  readonly #options: TopicOptions<Item>;
  readonly #deltas: Delta<Item>[] = [];
  readonly #touched = new Set<string>();
  readonly #appended = new Map<string, Points>();
  readonly #spliced = new Map<string, PointSplice>();
  #droppedBefore: number | undefined;
  #cells = 0;
  #seq: number;
  #state: 'loading' | 'ready' = 'loading';
  #failure: string | null = null;

  constructor(options: TopicOptions<Item> = {}) {
    this.#options = options;
    this.#seq = options.firstSeq ?? 0;
  }

  /** Number of the newest delta. */
  get seq(): number {
    return this.#seq;
  }

  /** False until `start`; nothing can be sent before. */
  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Why the topic cannot be shown, or `null`. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Gives the topic its first items. */
  start(items: Readonly<Record<string, Item>>): void {
    for (const [key, item] of Object.entries(items)) {
      this.#items.set(key, item);
    }
    this.#state = 'ready';
    this.#options.onChange?.();
  }

  fail(message: string): void {
    this.#failure = message;
    this.#options.onChange?.();
  }

  /** Forgets a failure because its cause is being tried again. */
  mend(): void {
    this.#failure = null;
  }

  /** Applies changes at once; watchers hear of them with the next cut. */
  stage(change: TopicChange<Item>): void {
    const wasStaged = this.#isStaged;
    for (const key of change.remove ?? []) {
      this.#remove(key);
    }
    for (const [key, item] of Object.entries(change.set ?? {})) {
      this.#set(key, item);
    }
    for (const [key, points] of Object.entries(change.append ?? {})) {
      this.#append(key, points);
    }
    for (const [key, splice] of Object.entries(change.splice ?? {})) {
      this.#splice(key, splice);
    }
    this.#drop(change.dropBefore);
    if (!wasStaged && this.#isStaged) {
      this.#options.onChange?.();
    }
  }

  get #isStaged(): boolean {
    return this.#touched.size + this.#appended.size + this.#spliced.size > 0 || this.#droppedBefore !== undefined;
  }

  /** Makes everything staged since the last cut one delta. */
  cut(): void {
    if (!this.#isStaged) {
      return;
    }
    this.#seq += 1;
    const delta = this.#delta();
    this.#touched.clear();
    this.#appended.clear();
    this.#spliced.clear();
    this.#droppedBefore = undefined;
    this.#deltas.push(delta);
    this.#cells += cellsOf(delta);
    this.#trim();
  }

  /** The deltas that follow a position, oldest first; `null` when they are no longer (or not yet) known. */
  since(seq: number): readonly Delta<Item>[] | null {
    const missing = this.#seq - seq;
    if (missing < 0 || missing > this.#deltas.length) {
      return null;
    }
    return missing === 0 ? [] : this.#deltas.slice(-missing);
  }

  /** All items as of the newest delta. Cut first: staged changes are already in the items. */
  snapshot(): Readonly<Record<string, Item>> {
    return Object.fromEntries(this.#items);
  }

  #set(key: string, item: Item): void {
    if (!isDeepStrictEqual(this.#items.get(key), item)) {
      this.#items.set(key, item);
      this.#touch(key);
    }
  }

  #remove(key: string): void {
    if (this.#items.delete(key)) {
      this.#touch(key);
    }
  }

  #touch(key: string): void {
    this.#touched.add(key);
    this.#appended.delete(key);
    this.#spliced.delete(key);
  }

  #splice(key: string, later: PointSplice): void {
    const item = this.#items.get(key);
    const { splice } = this.#options;
    if (item === undefined || splice === undefined) {
      return;
    }
    this.#items.set(key, splice(item, later));
    if (!this.#touched.has(key)) {
      const earlier = this.#spliced.get(key);
      const both = earlier && { from: Math.min(earlier.from, later.from), points: splicePoints(earlier.points, later) };
      this.#spliced.set(key, both ?? later);
    }
  }

  #drop(before: number | undefined): void {
    const { drop } = this.#options;
    if (before === undefined || drop === undefined) {
      return;
    }
    for (const [key, item] of this.#items) {
      this.#items.set(key, drop(item, before));
    }
    this.#droppedBefore = before;
  }

  #append(key: string, points: Points): void {
    const item = this.#items.get(key);
    const { extend } = this.#options;
    if (item === undefined || extend === undefined || points.length === 0) {
      return;
    }
    this.#items.set(key, extend(item, points));
    if (!this.#touched.has(key)) {
      this.#appended.set(key, [...(this.#appended.get(key) ?? []), ...points]);
    }
  }

  #delta(): Delta<Item> {
    const touched = [...this.#touched];
    const set = touched.flatMap((key) => {
      const item = this.#items.get(key);
      return item === undefined ? [] : [[key, item] as const];
    });
    const remove = touched.filter((key) => !this.#items.has(key));
    const append = this.#appended.size === 0 ? {} : { append: Object.fromEntries(this.#appended) };
    const splice = this.#spliced.size === 0 ? {} : { splice: Object.fromEntries(this.#spliced) };
    const dropBefore = this.#droppedBefore === undefined ? {} : { dropBefore: this.#droppedBefore };
    return { seq: this.#seq, set: Object.fromEntries(set), remove, ...append, ...splice, ...dropBefore };
  }

  #trim(): void {
    const { maxDeltas = 512, maxCells = 10_000 } = this.#options;
    while (this.#deltas.length > maxDeltas || (this.#cells > maxCells && this.#deltas.length > 1)) {
      const dropped = this.#deltas.shift();
      this.#cells -= dropped === undefined ? 0 : cellsOf(dropped);
    }
  }
}

function cellsOf(delta: Delta<unknown>): number {
  const items = Object.values(delta.set).reduce<number>((sum, item) => sum + weightOf(item), 0);
  const points = Object.values(delta.append ?? {}).reduce((sum, added) => sum + added.length, 0);
  const spliced = Object.values(delta.splice ?? {}).reduce((sum, splice) => sum + splice.points.length, 0);
  return items + points + spliced + delta.remove.length;
}

/** A tile, an alert or an incident weighs about ten points; a series as many as it has. */
function weightOf(item: unknown): number {
  const points = typeof item === 'object' && item !== null && 'points' in item ? item.points : null;
  return Array.isArray(points) ? 10 + points.length : 10;
}
