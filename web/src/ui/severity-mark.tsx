import { cx } from './cx.ts';
import classes from './severity-mark.module.css';

export interface SeverityMarkProps {
  readonly severity: string;
}

function barsOf(severity: string): number {
  switch (severity) {
    case 'critical':
      return 3;
    case 'warning':
      return 2;
    default:
      return 1;
  }
}

/** How bad it would be, as bars: another family than the status shapes, because severity is not status. */
export function SeverityMark({ severity }: SeverityMarkProps) {
  const filled = barsOf(severity);
  return (
    <span className={cx(classes.mark)}>
      <svg viewBox="0 0 14 14" className={cx(classes.bars)} aria-hidden="true">
        <rect x="1" y="9" width="3" height="4" rx="1" />
        <rect x="5.5" y="5.5" width="3" height="7.5" rx="1" opacity={filled > 1 ? 1 : 0.25} />
        <rect x="10" y="2" width="3" height="11" rx="1" opacity={filled > 2 ? 1 : 0.25} />
      </svg>
      {severity === '' ? 'no severity' : severity}
    </span>
  );
}
