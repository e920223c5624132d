import type { AlertView } from '@tila/contract/alerts.ts';
import type { PanelSeries } from '@tila/contract/feed.ts';
import { panelResolution } from '@tila/contract/panel-points.ts';
import { useMemo } from 'react';
import { type Span, unite } from '../../charts/axis.ts';
import { CursorGroup } from '../../charts/cursor.tsx';
import { type ResolvedRange, stepFor } from '../../time/range.ts';
import { cx } from '../../ui/cx.ts';
import type { PlannedPanel } from './entity.ts';
import { PanelCard } from './panel-card.tsx';
import classes from './panels.module.css';
import { useHeld } from './use-held.ts';
import { usePanelPixels } from './use-panel-pixels.ts';
import { type ExpressionResult, usePanelResults } from './use-panel-results.ts';

/** What `step()` means in a panel's expressions is the same on every screen. */
const STEP_PIXELS = 600;

export interface PanelsProps {
  readonly panels: readonly PlannedPanel[];
  readonly range: ResolvedRange;
  /** When the panels were paused; null while they play. */
  readonly pausedAt: number | null;
  readonly alerts: readonly AlertView[];
  readonly now: number;
  readonly onZoom: (span: Span) => void;
  readonly onZoomOut: () => void;
}

/** When the service's alerts were firing. */
function firingSpans(alerts: readonly AlertView[], now: number): Span[] {
  const spans = alerts.flatMap(({ firedAt, resolvedAt }) => (firedAt === null ? [] : [{ from: firedAt, to: resolvedAt ?? now }]));
  return unite(spans);
}

function pointsAfter(series: readonly PanelSeries[], at: number): number {
  return series.reduce((sum, { points }) => sum + points.filter(([time, value]) => time > at && value !== null).length, 0);
}

function countNew(results: ReadonlyMap<string, ExpressionResult>, pausedAt: number | null): number {
  return pausedAt === null ? 0 : [...results.values()].reduce((sum, { series }) => sum + pointsAfter(series ?? [], pausedAt), 0);
}

/** All panels of a page under one crosshair. Paused, they keep what they showed and count what came since. */
export function Panels({ panels, range, pausedAt, alerts, now, onZoom, onZoomOut }: PanelsProps) {
  const stepMs = stepFor(range.to - range.from, STEP_PIXELS);
  const { ref, pixels } = usePanelPixels();
  const current = usePanelResults({ exprs: panels.flatMap(({ exprs }) => exprs), range, stepMs, pixels });
  const results = useHeld(current, pausedAt !== null);
  const to = useHeld(
    range.kind === 'fixed' ? range.to : Math.floor(range.to / 5000) * 5000,
    pausedAt !== null && range.kind !== 'fixed',
  );
  const width = range.to - range.from;
  const resolutionMs = panelResolution({ rangeMs: width, stepMs });
  const span = useMemo(() => ({ from: to - width, to }), [to, width]);
  const firing = useMemo(() => firingSpans(alerts, to), [alerts, to]);
  const fresh = countNew(current, pausedAt);
  return (
    <CursorGroup>
      {pausedAt !== null && (
        <p className={cx(classes.paused)} role="status" aria-live="off">
          paused {clockOf(now - pausedAt)} · {fresh} new points
        </p>
      )}
      <div ref={ref} className={cx(classes.grid)}>
        {panels.map((planned) => {
          const answers = planned.exprs.map((expr) => results.get(expr)?.series);
          const failed = planned.exprs.map((expr) => results.get(expr)?.error?.message).find((message) => message !== undefined);
          return (
            <PanelCard
              key={planned.key}
              planned={planned}
              answers={answers}
              error={failed ?? null}
              span={span}
              stepMs={resolutionMs}
              firing={firing}
              onZoom={onZoom}
              onZoomOut={onZoomOut}
            />
          );
        })}
      </div>
    </CursorGroup>
  );
}

/** "00:12" */
function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
