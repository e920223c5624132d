import type { PanelUnit } from '@tila/contract/dashboards.ts';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { seriesColour } from '../theme/palette.ts';
import { cx } from '../ui/cx.ts';
import type { Span } from './axis.ts';
import { useCursor, useCursorAt } from './cursor.tsx';
import { pixelOf, timeAt } from './plot-frame.ts';
import classes from './plot-overlay.module.css';
import { type ChartRow, type ChartSeries, nearestRow } from './series.ts';
import { formatValue } from './units.ts';

const DRAG_PIXELS = 6;
const TOOLTIP_ROWS = 10;

export interface PlotOverlayProps {
  readonly title: string;
  readonly width: number;
  readonly span: Span;
  readonly rows: readonly ChartRow[];
  readonly series: readonly ChartSeries[];
  readonly shown: readonly number[];
  readonly unit: PanelUnit;
  readonly formatTime: (at: number) => string;
  readonly onZoom: (span: Span) => void;
  readonly onZoomOut: () => void;
}

/** Pointer and keyboard on a plot: the shared crosshair with its values, dragging to zoom, double click to zoom out. */
export function PlotOverlay(props: PlotOverlayProps) {
  const { width, span, rows } = props;
  const cursor = useCursor();
  const at = useCursorAt(cursor);
  const area = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number } | null>(null);
  const [hovered, setHovered] = useState(false);
  const row = at === null || at < span.from || at > span.to ? null : nearestRow(rows, at);
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
    const next = stepCursor(event.key, rows, row);
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
      aria-valuenow={row?.at ?? span.to}
      aria-valuetext={row === null ? 'no point selected' : describeRow(row, props)}
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
      {row !== null && <span className={cx(classes.crosshair)} style={{ left: pixelOf(row.at, width, span) }} />}
      {row !== null && <Readout {...props} row={row} full={hovered} />}
    </div>
  );
}

function stepCursor(key: string, rows: readonly ChartRow[], row: ChartRow | null): number | null {
  const index = row === null ? rows.length : rows.indexOf(row);
  switch (key) {
    case 'ArrowLeft':
      return rows[Math.max(0, index - 1)]?.at ?? null;
    case 'ArrowRight':
      return rows[Math.min(rows.length - 1, index + 1)]?.at ?? null;
    case 'Home':
      return rows[0]?.at ?? null;
    case 'End':
      return rows.at(-1)?.at ?? null;
    default:
      return null;
  }
}

type Described = Pick<PlotOverlayProps, 'series' | 'shown' | 'unit' | 'formatTime'>;

/** The values at a row, highest first. */
function valuesAt(row: ChartRow, { series, shown }: Pick<Described, 'series' | 'shown'>) {
  return shown
    .flatMap((index) => {
      const one = series[index];
      const value = one === undefined ? null : (row.values[one.key] ?? null);
      return one === undefined || value === null ? [] : [{ index, name: one.name, value }];
    })
    .sort((a, b) => b.value - a.value);
}

function describeRow(row: ChartRow, props: Described): string {
  const values = valuesAt(row, props).map(({ name, value }) => `${name} ${formatValue(value, props.unit)}`);
  return `${props.formatTime(row.at)}: ${values.length === 0 ? 'no data' : values.join(', ')}`;
}

interface ReadoutProps extends Described {
  readonly row: ChartRow;
  readonly width: number;
  readonly span: Span;
  /** The chart under the pointer names its series; its neighbours only give values. */
  readonly full: boolean;
}

function Readout(props: ReadoutProps) {
  const { row, width, span, full } = props;
  const values = valuesAt(row, props);
  const x = pixelOf(row.at, width, span);
  const limit = full ? TOOLTIP_ROWS : 3;
  return (
    <div
      className={cx(classes.readout, !full && classes.compact)}
      style={x > width / 2 ? { right: width - x + 12 } : { left: x + 12 }}
      aria-hidden="true"
    >
      {full && <div className={cx(classes.time)}>{props.formatTime(row.at)}</div>}
      {values.slice(0, limit).map(({ index, name, value }) => (
        <div key={index} className={cx(classes.value)}>
          <span className={cx(classes.swatch)} style={{ background: seriesColour(index) }} />
          {full && <span className={cx(classes.name)}>{name}</span>}
          <span>{formatValue(value, props.unit)}</span>
        </div>
      ))}
      {values.length === 0 && <div className={cx(classes.time)}>no data here</div>}
      {full && values.length > limit && <div className={cx(classes.time)}>and {values.length - limit} more</div>}
    </div>
  );
}
