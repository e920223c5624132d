import type { PanelUnit } from '@tila/contract/dashboards.ts';
import { cx } from '../ui/cx.ts';
import table from '../ui/table.module.css';
import { type ChartSeries, toRows } from './series.ts';
import classes from './series-table.module.css';
import { formatValue } from './units.ts';

const NEWEST = 60;

export interface SeriesTableProps {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly unit: PanelUnit;
  readonly formatTime: (at: number) => string;
}

/** A chart as numbers, the newest first. A series with other times than its neighbours has nothing at theirs. */
export function SeriesTable({ title, series, unit, formatTime }: SeriesTableProps) {
  const newest = series.map((one) => ({ ...one, points: one.points.slice(-NEWEST) }));
  const rows = toRows(newest).slice(-NEWEST).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={cx(table.scroll, classes.region)} tabIndex={0} aria-label={`${title} as a table`}>
      <table className={cx(table.table)}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ key, name }) => (
              <th key={key} scope="col" className={cx(table.number)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, values }) => (
            <tr key={at}>
              <td>{formatTime(at)}</td>
              {series.map(({ key }) => (
                <td key={key} className={cx(table.number)}>
                  {key in values ? formatValue(values[key] ?? null, unit) : ''}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
