import { useQueries } from '@tanstack/react-query';
import type { PanelSeries } from '@tila/contract/feed.ts';
import { panelResolution } from '@tila/contract/panel-points.ts';
import { useRef } from 'react';
import { useFeedProblem } from '../../live/live-provider.tsx';
import { usePanelTopics } from '../../live/use-topics.ts';
import type { ResolvedRange } from '../../time/range.ts';
import { rangeResult } from './queries.ts';

export interface ExpressionResult {
  /** Undefined until the first answer. */
  readonly series: readonly PanelSeries[] | undefined;
  readonly error: Error | null;
}

export interface PanelRequest {
  readonly exprs: readonly string[];
  readonly range: ResolvedRange;
  readonly stepMs: number;
  /** How wide the panels are; null while that is not known, and nothing is asked. */
  readonly pixels: number | null;
}

/** The results of expressions, by expression: over the live feed when the range slides, else from the query API. */
export function usePanelResults({ exprs, range, stepMs, pixels }: PanelRequest): ReadonlyMap<string, ExpressionResult> {
  const sliding = range.kind === 'sliding';
  const unique = [...new Set(exprs)];
  const rangeMs = Math.round((range.to - range.from) / 1000) * 1000;
  const known = pixels === null ? [] : unique;
  const live = usePanelTopics(
    sliding && pixels !== null ? unique.map((expr) => ({ kind: 'panel', expr, rangeMs, stepMs, pixels })) : [],
  );
  const resolutionMs = panelResolution({ rangeMs, stepMs });
  const align = (at: number) => Math.floor(at / resolutionMs) * resolutionMs;
  const common = { fromMs: align(range.from), toMs: align(range.to), stepMs, resolutionMs, pixels: pixels ?? 0 };
  const asked = useQueries({
    queries: (sliding ? [] : known).map((expr) => rangeResult({ expr, ...common }, range.kind === 'growing')),
  });
  const keep = useStable();
  const problem = useFeedProblem();
  const results = unique.map((expr, index): [string, ExpressionResult] => {
    const state = live[index];
    const answer = asked[index];
    const series = sliding ? keep(state?.items) : answer?.data;
    const failure = state?.error ?? (sliding && state === undefined ? problem : null);
    return [expr, { series, error: failure === null ? (answer?.error ?? null) : new Error(failure) }];
  });
  return new Map(results);
}

type Items = Readonly<Record<string, PanelSeries>>;

/** Lists of items that stay the same object while the items do. */
function useStable(): (items: Items | undefined) => readonly PanelSeries[] | undefined {
  const lists = useRef(new WeakMap<Items, readonly PanelSeries[]>());
  return (items) => {
    if (items === undefined) {
      return undefined;
    }
    const known = lists.current.get(items) ?? Object.values(items);
    lists.current.set(items, known);
    return known;
  };
}
