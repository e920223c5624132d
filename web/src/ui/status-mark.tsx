import { cx } from './cx.ts';
import { type Status, statusClass } from './status.ts';
import classes from './status-mark.module.css';

function shapeOf(status: Status) {
  switch (status) {
    case 'critical':
      return <path d="M7 .8 13.2 7 7 13.2.8 7z" />;
    case 'warning':
      return <path d="M7 1.2 13.4 12.6H.6z" />;
    case 'ok':
      return <circle cx="7" cy="7" r="4.2" />;
    case 'no data':
      return <circle cx="7" cy="7" r="5" className={cx(classes.outline)} strokeDasharray="2 2.2" />;
    case 'stale':
      return (
        <>
          <circle cx="7" cy="7" r="5" className={cx(classes.outline)} />
          <path d="M7 2a5 5 0 0 1 5 5H7z" />
        </>
      );
    case 'maintenance':
      return <rect x="2.2" y="2.2" width="9.6" height="9.6" rx="1" />;
  }
}

export interface StatusProps {
  readonly status: Status;
}

/** The glyph alone, hidden from assistive technology; put it beside its word. */
export function StatusGlyph({ status }: StatusProps) {
  return (
    <svg className={cx(classes.glyph, classes[statusClass(status)])} viewBox="0 0 14 14" aria-hidden="true">
      {shapeOf(status)}
    </svg>
  );
}

/** Glyph and word in the status' colour. */
export function StatusMark({ status }: StatusProps) {
  return (
    <span className={cx(classes.mark, classes[statusClass(status)])}>
      <StatusGlyph status={status} />
      {status}
    </span>
  );
}
