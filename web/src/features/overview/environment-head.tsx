import { cx } from '../../ui/cx.ts';
import { StatusGlyph } from '../../ui/status-mark.tsx';
import classes from './environment-head.module.css';
import type { EnvironmentSummary } from './tile-order.ts';

export interface EnvironmentHeadProps {
  readonly summary: EnvironmentSummary;
}

/** An environment's name, its worst state, how many need attention, and its clusters when there are several. */
export function EnvironmentHead({ summary }: EnvironmentHeadProps) {
  return (
    <span className={cx(classes.head)}>
      <span className={cx(classes.name)}>
        <StatusGlyph status={summary.worst} />
        {summary.environment}
        <span className="tila-visually-hidden">is {summary.worst},</span>
        <span className={cx(classes.count)}>
          {summary.problems === 0 ? `${summary.services} ok` : `${summary.problems} of ${summary.services}`}
          <span className="tila-visually-hidden">{summary.problems === 0 ? '' : ' with problems'}</span>
        </span>
      </span>
      {summary.clusters.length > 1 && (
        <span className={cx(classes.clusters)}>
          {summary.clusters.map(({ cluster, worst }) => (
            <span key={cluster} className={cx(classes.cluster)}>
              <StatusGlyph status={worst} />
              {cluster}
              <span className="tila-visually-hidden">{worst}</span>
            </span>
          ))}
        </span>
      )}
    </span>
  );
}
