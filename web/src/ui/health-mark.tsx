import { cx } from './cx.ts';
import classes from './health-mark.module.css';
import { StatusMark } from './status-mark.tsx';

export interface HealthMarkProps {
  /** The health of a source or a rule; `unknown` is what has not been tried yet, `copying history` what is on its way to ok. */
  readonly health: 'ok' | 'error' | 'stale' | 'no data' | 'unknown' | 'copying history';
}

/** Health with the shapes of the overview; `error` has a cross of its own. */
export function HealthMark({ health }: HealthMarkProps) {
  switch (health) {
    case 'error':
      return <span className={cx(classes.error)}>✕ error</span>;
    case 'copying history':
      return <span className={cx(classes.copying)}>↻ copying history</span>;
    case 'unknown':
      return <span className={cx(classes.unknown)}>not tried yet</span>;
    default:
      return <StatusMark status={health} />;
  }
}
