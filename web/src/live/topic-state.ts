import type { PanelSeries, TopicDelta, TopicError, TopicSnapshot } from '@tila/contract/feed.ts';
import { dropPointsBefore, splicePoints } from '@tila/contract/panel-points.ts';

/** What is known of one topic. Items that did not change keep their identity, so that memoised rows stay. */
export interface TopicState<Item = unknown> {
  readonly epoch: string;
  /** Where to resume; null when the items did not come from the feed. */
  readonly seq: number | null;
  readonly items: Readonly<Record<string, Item>>;
  /** Why the server cannot serve the topic; the items are then the last ones known. */
  readonly error: string | null;
  /** The server's clock when this was last confirmed. */
  readonly at: number;
}

export interface UpdateContext {
  readonly epoch: string;
  readonly at: number;
  /** Panel topics: how much of the past to keep. */
  readonly rangeMs?: number;
}

export type Applied =
  | { readonly outcome: 'changed'; readonly state: TopicState }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'gap' };

/** Applies one update. A delta that does not follow what is known is a `gap`: subscribe again without `since`. */
export function applyUpdate(
  state: TopicState | null,
  update: TopicSnapshot | TopicDelta | TopicError,
  context: UpdateContext,
): Applied {
  switch (update.kind) {
    case 'snapshot':
      return {
        outcome: 'changed',
        state: { epoch: context.epoch, seq: update.seq, items: update.items, error: null, at: context.at },
      };
    case 'error':
      return {
        outcome: 'changed',
        state: {
          epoch: context.epoch,
          seq: state?.seq ?? null,
          items: state?.items ?? {},
          error: update.message,
          at: context.at,
        },
      };
    case 'delta':
      return applyDelta(state, update, context);
  }
}

function applyDelta(state: TopicState | null, delta: TopicDelta, context: UpdateContext): Applied {
  if (state === null || state.seq === null || state.epoch !== context.epoch || delta.seq > state.seq + 1) {
    return { outcome: 'gap' };
  }
  if (delta.seq <= state.seq) {
    return { outcome: 'unchanged' };
  }
  const removed = new Set(delta.remove);
  const kept = Object.entries(state.items).filter(([key]) => !removed.has(key));
  const items: Record<string, unknown> = { ...Object.fromEntries(kept), ...delta.set };
  // Only panel topics carry what follows, and their items are series (contract/feed.ts).
  const series = items as Record<string, PanelSeries>;
  return changePoints(series, delta, context.rangeMs ?? Number.POSITIVE_INFINITY) === 'gap'
    ? { outcome: 'gap' }
    : { outcome: 'changed', state: { epoch: context.epoch, seq: delta.seq, items, error: null, at: context.at } };
}

/** Changes series in place; `gap` when one is not known. */
function changePoints(items: Record<string, PanelSeries>, delta: TopicDelta, rangeMs: number): 'gap' | 'done' {
  const { append = {}, splice = {}, dropBefore } = delta;
  if ((delta.append ?? delta.splice ?? dropBefore) === undefined) {
    return 'done';
  }
  if ([...Object.keys(append), ...Object.keys(splice)].some((key) => items[key] === undefined)) {
    return 'gap';
  }
  for (const [key, series] of Object.entries(items)) {
    const [added, spliced] = [append[key], splice[key]];
    const longer = added === undefined ? series.points : appendPoints(series.points, added, rangeMs);
    const anew = spliced === undefined ? longer : splicePoints(longer, spliced);
    const points = dropBefore === undefined ? anew : dropPointsBefore(anew, dropBefore);
    if (points !== series.points) {
      items[key] = { ...series, points };
    }
  }
  return 'done';
}

/** Adds points at the end; one at a known time replaces it, and what is older than the range falls off. */
export function appendPoints(known: PanelSeries['points'], added: PanelSeries['points'], rangeMs: number): PanelSeries['points'] {
  const first = added[0];
  if (first === undefined) {
    return known;
  }
  const replaced = new Map([...known.filter(([at]) => at >= first[0]), ...added]);
  const tail = [...replaced].sort(([a], [b]) => a - b);
  const newest = tail.at(-1)?.[0] ?? first[0];
  return [...known.filter(([at]) => at < first[0]), ...tail].filter(([at]) => at >= newest - rangeMs);
}
