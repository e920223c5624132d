import type { HotReader } from '../../model/hot-series.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { SeriesReader } from '../../model/series-store.ts';
import { type ColdBudget, ColdSamples } from './cold-samples.ts';
import { WatchedRows } from './watched-rows.ts';

export interface SelectorSourceDeps {
  readonly hot: HotReader;
  readonly reader: Pick<SeriesReader, 'select'>;
  readonly coldBudget: ColdBudget;
}

interface Shared {
  readonly watched: WatchedRows;
  readonly users: Set<WatchedRows | ColdSamples>;
}

/** Selections that plans read, each watched once however many plans read it. */
export class SelectorSource {
  readonly #deps: SelectorSourceDeps;
  readonly #byMatchers = new Map<string, Shared>();
  readonly #keys = new Map<ColdSamples, string>();

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

  /** The rows of a selection, and what the opener may keep of times before the store's memory begins. */
  open(matchers: readonly Matcher[]): { readonly watched: WatchedRows; readonly cold: ColdSamples } {
    const key = matchers.map(String).sort().join(',');
    const shared = this.#byMatchers.get(key) ?? { watched: new WatchedRows(this.#deps.hot, matchers), users: new Set() };
    this.#byMatchers.set(key, shared);
    const deps = { reader: this.#deps.reader, hot: this.#deps.hot, budget: this.#deps.coldBudget };
    const cold = new ColdSamples(deps, shared.watched, matchers);
    shared.users.add(cold);
    this.#keys.set(cold, key);
    return { watched: shared.watched, cold };
  }

  /** Ends one use of a selection; the last ends the watching. */
  close(cold: ColdSamples): void {
    const key = this.#keys.get(cold);
    const shared = this.#byMatchers.get(key ?? '');
    cold[Symbol.dispose]();
    this.#keys.delete(cold);
    shared?.users.delete(cold);
    if (shared !== undefined && shared.users.size === 0) {
      shared.watched[Symbol.dispose]();
      this.#byMatchers.delete(key ?? '');
    }
  }
}
