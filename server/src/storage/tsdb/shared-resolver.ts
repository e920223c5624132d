import { Matcher, matchesAll } from '../../model/matcher.ts';
import type { HeadChanges } from './head-changes.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SharedRequest, SharedSelection } from './shared-selection.ts';
import { SharedSelectionBuilder } from './shared-selection-builder.ts';
import { TimeSlice } from './time-slice.ts';

const SERIES_PER_CHECK = 256;
const MAX_KEPT_MATCHERS = 500;
/** Of kept answers together; a series takes 26 bytes in one. */
const MAX_KEPT_SERIES = 500_000;

export interface SharedResolverDeps {
  readonly index: SeriesIndex;
  readonly changes: Pick<HeadChanges, 'placement'>;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
}

/**
 * Tells other threads where the rows of a selection are. Runs on the thread that owns the series, in slices of a few
 * milliseconds; a commit that lands between two slices shows in the later series only. What was found is used again until series
 * come, go or change their places.
 */
export class SharedResolver {
  readonly #deps: SharedResolverDeps;
  /** By text, least recently used first: a matcher remembers what its pattern said to each label value. */
  readonly #matchers = new Map<string, Matcher>();
  /** By the text of the matchers, least recently used first. All of one version. */
  readonly #found = new Map<string, SharedSelectionBuilder>();
  #foundVersion = '';

  constructor(deps: SharedResolverDeps) {
    this.#deps = deps;
  }

  /** @throws InvalidMatcherError, and the reason of the signal that ends it */
  async resolve(request: SharedRequest, signal?: AbortSignal): Promise<SharedSelection> {
    const slice = new TimeSlice(this.#deps.closing, signal);
    await slice.pause();
    const key = JSON.stringify(request.matchers);
    const known = this.#known(key);
    if (known !== undefined) {
      known.again(request);
      return known.build(request, slice);
    }
    const version = this.#version;
    const found = await this.#find(request, slice);
    if (version === this.#version) {
      this.#keep(key, found);
    }
    return found.build(request, slice);
  }

  async #find(request: SharedRequest, slice: TimeSlice): Promise<SharedSelectionBuilder> {
    const { series, rest } = this.#deps.index.candidates(request.matchers.map((parts) => this.#matcher(parts)));
    const found = new SharedSelectionBuilder(series.length);
    for (let at = 0; at < series.length; at += 1) {
      const each = series[at];
      if (each !== undefined && matchesAll(rest, each.labels)) {
        found.add(each, request);
      }
      if (at % SERIES_PER_CHECK === SERIES_PER_CHECK - 1) {
        await slice.pause();
      }
    }
    return found;
  }

  /** Lets go what was found before series came, went or changed their places. To be called now and then: answers only look when asked. */
  forgetOld(): void {
    if (this.#foundVersion !== this.#version) {
      this.#found.clear();
    }
  }

  get #version(): string {
    const { index, changes } = this.#deps;
    return `${index.additions} ${index.removals} ${changes.placement}`;
  }

  #known(key: string): SharedSelectionBuilder | undefined {
    if (this.#foundVersion !== this.#version) {
      this.#found.clear();
      this.#foundVersion = this.#version;
    }
    const known = this.#found.get(key);
    if (known !== undefined) {
      this.#found.delete(key);
      this.#found.set(key, known);
    }
    return known;
  }

  #keep(key: string, found: SharedSelectionBuilder): void {
    this.#found.delete(key);
    this.#found.set(key, found);
    let kept = this.#found.values().reduce((sum, { length }) => sum + length, 0);
    for (const [oldest, { length }] of this.#found) {
      if (kept <= MAX_KEPT_SERIES && this.#found.size <= MAX_KEPT_MATCHERS) {
        return;
      }
      this.#found.delete(oldest);
      kept -= length;
    }
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
