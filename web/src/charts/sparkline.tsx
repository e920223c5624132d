import { cx } from '../ui/cx.ts';
import type { ValueRange } from './axis.ts';
import { type Point, valueRange } from './series.ts';
import classes from './sparkline.module.css';

const WIDTH = 120;

export interface SparklineProps {
  readonly points: readonly Point[];
  /** The scale shared with neighbours; the points' own when absent. */
  readonly scale?: ValueRange | null;
  readonly threshold?: number;
  readonly height?: number;
}

interface Frame {
  readonly from: number;
  readonly to: number;
  readonly min: number;
  readonly max: number;
  readonly height: number;
}

function frameOf(props: SparklineProps, height: number): Frame | null {
  const own = props.scale ?? valueRange([{ points: props.points }]);
  const [first, last] = [props.points[0], props.points.at(-1)];
  if (own === null || first === undefined || last === undefined) {
    return null;
  }
  const bounds = props.threshold === undefined ? [own.min, own.max] : [own.min, own.max, props.threshold];
  const [min, max] = [Math.min(0, ...bounds), Math.max(...bounds)];
  return { from: first[0], to: Math.max(last[0], first[0] + 1), min, max: max > min ? max : min + 1, height };
}

const yOf = (frame: Frame, value: number) => 1.5 + (frame.height - 3) * (1 - (value - frame.min) / (frame.max - frame.min));

/** The unbroken stretches, in pixels. */
function stretchesOf(points: readonly Point[], frame: Frame): string[][] {
  const stretches: string[][] = [[]];
  for (const [at, value] of points) {
    if (value === null || !Number.isFinite(value)) {
      stretches.push([]);
      continue;
    }
    const x = ((at - frame.from) / (frame.to - frame.from)) * WIDTH;
    stretches.at(-1)?.push(`${x.toFixed(1)} ${yOf(frame, value).toFixed(1)}`);
  }
  return stretches.filter((stretch) => stretch.length > 0);
}

/** The line of a stretch closed along the bottom. */
function areaOf(stretch: readonly string[], height: number): string {
  const [first = '', last = ''] = [stretch[0], stretch.at(-1)].map((point) => point?.split(' ')[0]);
  return `M${first} ${height}L${stretch.join('L')}L${last} ${height}Z`;
}

/** A small line without axes, decoration only: the words beside it carry the meaning. Gaps stay gaps. */
export function Sparkline(props: SparklineProps) {
  const height = props.height ?? 24;
  const frame = frameOf(props, height);
  const stretches = frame === null ? [] : stretchesOf(props.points, frame);
  return (
    <svg
      className={cx(classes.sparkline)}
      style={{ height }}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {frame === null ? (
        <line x1="0" x2={WIDTH} y1={height - 2} y2={height - 2} className={cx(classes.nothing)} />
      ) : (
        <>
          <path d={stretches.map((stretch) => areaOf(stretch, height)).join('')} className={cx(classes.area)} />
          <path d={stretches.map((stretch) => `M${stretch.join('L')}`).join('')} className={cx(classes.line)} />
        </>
      )}
      {frame !== null && props.threshold !== undefined && (
        <line
          x1="0"
          x2={WIDTH}
          y1={yOf(frame, props.threshold)}
          y2={yOf(frame, props.threshold)}
          className={cx(classes.threshold)}
        />
      )}
    </svg>
  );
}
