import { Matcher, matchesAll } from '../../model/matcher.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SharedRequest, SharedSelection } from './shared-selection.ts';
import { SharedSelectionBuilder } from './shared-selection-builder.ts';
import { TimeSlice } from './time-slice.ts';

const SERIES_PER_CHECK = 256;
const MAX_KEPT_MATCHERS = 500;

export interface SharedResolverDeps {
  readonly index: SeriesIndex;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
}

/**
 * Tells other threads where the rows of a selection are. Runs on the thread that owns the series, in slices of a few
 * milliseconds; a commit that lands between two slices shows in the later series only.
 */
export class SharedResolver {
  readonly #deps: SharedResolverDeps;
  /** By text, least recently used first: a matcher remembers what its pattern said to each label value. */
  readonly #matchers = new Map<string, Matcher>();

  constructor(deps: SharedResolverDeps) {
    this.#deps = deps;
  }

  /** @throws InvalidMatcherError, and the reason of the signal that ends it */
  async resolve(request: SharedRequest, signal?: AbortSignal): Promise<SharedSelection> {
    const slice = new TimeSlice(this.#deps.closing, signal);
    await slice.pause();
    const { series, rest } = this.#deps.index.candidates(request.matchers.map((parts) => this.#matcher(parts)));
    const builder = new SharedSelectionBuilder(request, series.length);
    for (let at = 0; at < series.length; at += 1) {
      const each = series[at];
      if (each !== undefined && matchesAll(rest, each.labels)) {
        builder.add(each);
      }
      if (at % SERIES_PER_CHECK === SERIES_PER_CHECK - 1) {
        await slice.pause();
      }
    }
    return builder.build(slice);
  }

  #matcher([name, operator, value]: SharedRequest['matchers'][number]): Matcher {
    const key = JSON.stringify([name, operator, value]);
    const matcher = this.#matchers.get(key) ?? new Matcher(name, operator, value);
    this.#matchers.delete(key);
    this.#matchers.set(key, matcher);
    const [oldest] = this.#matchers.keys();
    if (this.#matchers.size > MAX_KEPT_MATCHERS && oldest !== undefined) {
      this.#matchers.delete(oldest);
    }
    return matcher;
  }
}
