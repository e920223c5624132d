import type { HotReader } from '../../model/hot-series.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { SeriesReader } from '../../model/series-store.ts';
import { type ColdBudget, ColdSamples } from './cold-samples.ts';
import { GroupTable } from './group-table.ts';
import { WatchedRows } from './watched-rows.ts';

export interface SelectorSourceDeps {
  readonly hot: HotReader;
  readonly reader: Pick<SeriesReader, 'select'>;
  readonly coldBudget: ColdBudget;
}

interface Shared {
  readonly watched: WatchedRows;
  /** What is kept of times before memory, by offset: windows that end at one time share it. */
  readonly byOffset: Map<number, ColdSamples>;
  users: number;
}

/** One use of a selection. */
export interface OpenSelection {
  readonly key: string;
  readonly watched: WatchedRows;
  readonly cold: ColdSamples;
}

/** Selections that plans read, each watched once however many plans read it. */
export class SelectorSource {
  readonly #deps: SelectorSourceDeps;
  readonly #table = new GroupTable();
  readonly #byMatchers = new Map<string, Shared>();

  constructor(deps: SelectorSourceDeps) {
    this.#deps = deps;
  }

  /** Times that rows of any selection were looked up anew. */
  get rebuilds(): number {
    let sum = 0;
    for (const { watched } of this.#byMatchers.values()) {
      sum += watched.rebuilds;
    }
    return sum;
  }

  /** The rows of a selection, and what is kept of times before the store's memory begins. */
  open(matchers: readonly Matcher[], offsetMs: number): OpenSelection {
    const key = matchers.map(String).sort().join(',');
    const shared = this.#byMatchers.get(key) ?? {
      watched: new WatchedRows(this.#deps.hot, this.#table, matchers),
      byOffset: new Map<number, ColdSamples>(),
      users: 0,
    };
    this.#byMatchers.set(key, shared);
    shared.users += 1;
    const deps = { reader: this.#deps.reader, hot: this.#deps.hot, budget: this.#deps.coldBudget };
    const cold = shared.byOffset.get(offsetMs) ?? new ColdSamples(deps, shared.watched, matchers);
    shared.byOffset.set(offsetMs, cold);
    return { key, watched: shared.watched, cold };
  }

  /** Ends one use of a selection; the last ends the watching. */
  close({ key }: OpenSelection): void {
    const shared = this.#byMatchers.get(key);
    if (shared === undefined) {
      return;
    }
    shared.users -= 1;
    if (shared.users === 0) {
      for (const cold of shared.byOffset.values()) {
        cold[Symbol.dispose]();
      }
      shared.watched[Symbol.dispose]();
      this.#byMatchers.delete(key);
    }
  }
}
