import type { PanelUnit } from '@tila/contract/dashboards.ts';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { seriesColour } from '../theme/palette.ts';
import { cx } from '../ui/cx.ts';
import { formatStep } from '../ui/duration.ts';
import type { Span } from './axis.ts';
import { useCursor, useCursorAt } from './cursor.tsx';
import { pixelOf, timeAt } from './plot-frame.ts';
import classes from './plot-overlay.module.css';
import { type ChartSeries, nearestTime, pointNear } from './series.ts';
import { formatValue } from './units.ts';

const DRAG_PIXELS = 6;
const TOOLTIP_ROWS = 10;

export interface PlotOverlayProps {
  readonly title: string;
  readonly width: number;
  readonly span: Span;
  /** Where the cursor can stand, in order. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly shown: readonly number[];
  readonly unit: PanelUnit;
  readonly formatTime: (at: number) => string;
  readonly onZoom: (span: Span) => void;
  readonly onZoomOut: () => void;
}

/** Pointer and keyboard on a plot: the shared crosshair with its values, dragging to zoom, double click to zoom out. */
export function PlotOverlay(props: PlotOverlayProps) {
  const { width, span, times } = props;
  const cursor = useCursor();
  const at = useCursorAt(cursor);
  const area = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number } | null>(null);
  const [hovered, setHovered] = useState(false);
  const stop = at === null || at < span.from || at > span.to ? null : stopNear(at, props);
  const pixel = (event: PointerEvent) => event.clientX - (area.current?.getBoundingClientRect().left ?? 0);
  const onMove = (event: PointerEvent) => {
    cursor.move(timeAt(pixel(event), width, span));
    setDrag(drag === null ? null : { ...drag, end: pixel(event) });
  };
  const onUp = () => {
    if (drag !== null && Math.abs(drag.end - drag.start) > DRAG_PIXELS) {
      const ends = [timeAt(drag.start, width, span), timeAt(drag.end, width, span)];
      props.onZoom({ from: Math.min(...ends), to: Math.max(...ends) });
    }
    setDrag(null);
  };
  const onKey = (event: KeyboardEvent) => {
    const next = stepCursor(event.key, times, stop);
    if (next !== null) {
      event.preventDefault();
      cursor.move(next);
      setHovered(true);
    }
  };
  const leave = () => {
    cursor.move(null);
    setHovered(false);
  };
  return (
    <div
      ref={area}
      className={cx(classes.overlay)}
      role="slider"
      tabIndex={0}
      aria-label={`Time cursor of ${props.title}`}
      aria-valuemin={span.from}
      aria-valuemax={span.to}
      aria-valuenow={stop ?? span.to}
      aria-valuetext={stop === null ? 'no point selected' : describe(stop, props)}
      onPointerMove={onMove}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => {
        leave();
        setDrag(null);
      }}
      onPointerDown={(event) => event.button === 0 && setDrag({ start: pixel(event), end: pixel(event) })}
      onPointerUp={onUp}
      onDoubleClick={props.onZoomOut}
      onKeyDown={onKey}
      onBlur={leave}
    >
      {drag !== null && (
        <span
          className={cx(classes.selection)}
          style={{ left: Math.min(drag.start, drag.end), width: Math.abs(drag.end - drag.start) }}
        />
      )}
      {stop !== null && <span className={cx(classes.crosshair)} style={{ left: pixelOf(stop, width, span) }} />}
      {stop !== null && <Readout {...props} at={stop} full={hovered} />}
    </div>
  );
}

/** Where the cursor stands: at the nearest point of any series, or in a gap of all of them. */
function stopNear(at: number, { times, series, shown }: Pick<PlotOverlayProps, 'times' | 'series' | 'shown'>): number | null {
  const nearest = nearestTime(times, at);
  return nearest === null || valuesAt(at, { series, shown }).length > 0 ? nearest : at;
}

function stepCursor(key: string, times: readonly number[], stop: number | null): number | null {
  const at = stop ?? Number.POSITIVE_INFINITY;
  switch (key) {
    case 'ArrowLeft':
      return times.findLast((time) => time < at) ?? times[0] ?? null;
    case 'ArrowRight':
      return times.find((time) => time > at) ?? times.at(-1) ?? null;
    case 'Home':
      return times[0] ?? null;
    case 'End':
      return times.at(-1) ?? null;
    default:
      return null;
  }
}

type Described = Pick<PlotOverlayProps, 'series' | 'shown' | 'unit' | 'formatTime'>;

/** Each series' own value nearest to a time, with how much later that is; highest first. */
function valuesAt(at: number, { series, shown }: Pick<Described, 'series' | 'shown'>) {
  return shown
    .flatMap((index) => {
      const one = series[index];
      const point = one === undefined ? null : pointNear(one.points, at);
      return one === undefined || point === null ? [] : [{ index, name: one.name, value: point[1], laterMs: point[0] - at }];
    })
    .sort((a, b) => b.value - a.value);
}

/** "", "+30 s", "−15 s": that a value is not of the time shown. */
function offsetText(laterMs: number): string {
  return laterMs === 0 ? '' : `${laterMs > 0 ? '+' : '−'}${formatStep(Math.abs(laterMs))}`;
}

function describe(at: number, props: Described): string {
  const values = valuesAt(at, props).map(({ name, value, laterMs }) =>
    [name, formatValue(value, props.unit), offsetText(laterMs)].filter((part) => part !== '').join(' '),
  );
  return `${props.formatTime(at)}: ${values.length === 0 ? 'no data' : values.join(', ')}`;
}

interface ReadoutProps extends Described {
  readonly at: number;
  readonly width: number;
  readonly span: Span;
  /** The chart under the pointer names its series; its neighbours only give values. */
  readonly full: boolean;
}

function Readout(props: ReadoutProps) {
  const { at, width, span, full } = props;
  const values = valuesAt(at, props);
  const x = pixelOf(at, width, span);
  const limit = full ? TOOLTIP_ROWS : 3;
  return (
    <div
      className={cx(classes.readout, !full && classes.compact)}
      style={x > width / 2 ? { right: width - x + 12 } : { left: x + 12 }}
      aria-hidden="true"
    >
      {full && <div className={cx(classes.time)}>{props.formatTime(at)}</div>}
      {values.slice(0, limit).map(({ index, name, value, laterMs }) => (
        <div key={index} className={cx(classes.value)}>
          <span className={cx(classes.swatch)} style={{ background: seriesColour(index) }} />
          {full && <span className={cx(classes.name)}>{name}</span>}
          <span>{formatValue(value, props.unit)}</span>
          {full && laterMs !== 0 && <span className={cx(classes.time)}>{offsetText(laterMs)}</span>}
        </div>
      ))}
      {values.length === 0 && <div className={cx(classes.time)}>no data here</div>}
      {full && values.length > limit && <div className={cx(classes.time)}>and {values.length - limit} more</div>}
    </div>
  );
}
