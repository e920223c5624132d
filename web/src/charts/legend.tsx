import { seriesColour } from '../theme/palette.ts';
import { cx } from '../ui/cx.ts';
import classes from './legend.module.css';
import type { ChartSeries } from './series.ts';

const SHOWN = 12;

export interface LegendProps {
  readonly series: readonly ChartSeries[];
  /** Key of the one series shown alone; null when all are. */
  readonly isolated: string | null;
  readonly onIsolate: (key: string | null) => void;
}

/** Names of the series; a click shows one alone, another click shows all again. */
export function Legend({ series, isolated, onIsolate }: LegendProps) {
  return (
    <ul className={cx(classes.legend)}>
      {series.slice(0, SHOWN).map(({ key, name }, index) => (
        <li key={key}>
          <button
            type="button"
            aria-pressed={isolated === key}
            aria-label={`Show only ${name}`}
            className={cx(isolated !== null && isolated !== key && classes.off)}
            onClick={() => onIsolate(isolated === key ? null : key)}
          >
            <span className={cx(classes.swatch)} style={{ background: seriesColour(index) }} />
            {name}
          </button>
        </li>
      ))}
      {series.length > SHOWN && <li className={cx(classes.rest)}>and {series.length - SHOWN} more</li>}
    </ul>
  );
}
