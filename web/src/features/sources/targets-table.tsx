import type { TargetReport } from '@tila/contract/sources.ts';
import { Age } from '../../time/times.tsx';
import { cx } from '../../ui/cx.ts';
import { Labels } from '../../ui/labels.tsx';
import table from '../../ui/table.module.css';
import classes from './sources-page.module.css';

export interface TargetsTableProps {
  readonly source: string;
  readonly targets: readonly TargetReport[];
}

const GLYPHS = { up: '●', down: '✕', unknown: '◌' } as const;

export function TargetsTable({ source, targets }: TargetsTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={cx(table.scroll)} aria-label={`Targets of ${source}`} tabIndex={0}>
      <table className={cx(table.table)}>
        <thead>
          <tr>
            <th scope="col">Health</th>
            <th scope="col">Address</th>
            <th scope="col">Labels</th>
            <th scope="col" className={cx(table.number)}>
              Samples
            </th>
            <th scope="col" className={cx(table.number)}>
              Took
            </th>
            <th scope="col">Last</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => (
            <tr key={target.url + JSON.stringify(target.labels)}>
              <td className={cx(classes[target.health])}>
                <span aria-hidden="true">{GLYPHS[target.health]}</span> {target.health}
              </td>
              <td className={cx(table.mono)}>{target.url}</td>
              <td>
                <Labels labels={target.labels} without={['job', 'environment']} limit={3} />
              </td>
              <td className={cx(table.number)}>{target.samples}</td>
              <td className={cx(table.number)}>
                {target.lastDurationMs === null ? '–' : `${Math.round(target.lastDurationMs)} ms`}
              </td>
              <td className={cx(table.whole)}>{target.lastAttemptAt === null ? 'never' : <Age at={target.lastAttemptAt} />}</td>
              <td className={cx(table.mono)}>{target.lastError}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
