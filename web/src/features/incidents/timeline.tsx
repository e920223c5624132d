import type { TimelineEntry } from '@tila/contract/incidents.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import { formatDuration } from '../../ui/duration.ts';
import { Evidence } from './evidence.tsx';
import classes from './timeline.module.css';
import { formatPrecision, LANE_GLYPHS, orderTimeline } from './timeline-order.ts';

const LATE_MS = 1000;

export interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
}

/** What happened, in order, with who says so and how sure it is. */
export function Timeline({ entries }: TimelineProps) {
  return (
    <ol className={cx(classes.timeline)} aria-label="Timeline">
      {orderTimeline(entries).map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </ol>
  );
}

interface EntryProps {
  readonly entry: TimelineEntry;
}

function Entry({ entry }: EntryProps) {
  const { clock, full } = useZone();
  const { kind, lane, occurredAt, observedAt, precisionMs, title, body, actor, source, severity, evidence } = entry;
  const [first, ...others] = evidence;
  const late = observedAt - occurredAt;
  return (
    <li className={cx(classes.entry)} aria-label={`${kind}: ${title}`}>
      <span className={cx(classes.when)}>
        <time dateTime={new Date(occurredAt).toISOString()}>{clock(occurredAt)}</time>
        {precisionMs > 0 && <span className={cx(classes.precision)}>{formatPrecision(precisionMs)}</span>}
      </span>
      <span className={cx(classes.rail, classes[lane], severity === 'critical' && classes.critical)} aria-hidden="true">
        <span className={cx(classes.node)}>{LANE_GLYPHS[lane]}</span>
      </span>
      <div className={cx(classes.body)}>
        <p className={cx(classes.title)}>{title}</p>
        {body !== '' && <p className={cx(classes.text)}>{body}</p>}
        <p className={cx(classes.meta)}>
          <span>{kind}</span>
          {actor !== '' && <span>by {actor}</span>}
          {source !== '' && <span>from {source}</span>}
          {late >= LATE_MS && <span title={full(observedAt)}>observed {formatDuration(late)} later</span>}
        </p>
        {first !== undefined && <Evidence evidence={[first, ...others]} />}
      </div>
    </li>
  );
}
