import type { FeedStatus } from '../live/feed-client.ts';
import { useFeedStatus } from '../live/live-provider.tsx';
import { useNow } from '../time/now.tsx';
import { cx } from '../ui/cx.ts';
import { formatAge } from '../ui/duration.ts';
import classes from './connection-pill.module.css';

/** "Live", or "reconnecting · data 41 s old": readable at a glance, and said aloud when it changes. */
export function ConnectionPill() {
  const status = useFeedStatus();
  const now = useNow() - status.clockOffsetMs;
  if (status.connection === 'live') {
    return (
      <span className={cx(classes.pill, classes.live)} role="status" aria-label="Connection: live">
        <span className={cx(classes.dot)} aria-hidden="true" />
        Live
      </span>
    );
  }
  const age = status.heardAt === null ? null : formatAge(now - status.heardAt);
  const word = wordOf(status);
  return (
    <span
      className={cx(classes.pill, classes.lost)}
      role="status"
      aria-label={`Connection: ${word}`}
      title={status.refused ?? undefined}
    >
      <span className={cx(classes.ring)} aria-hidden="true" />
      {word} {age !== null && <span className={cx(classes.age)}>· data {age} old</span>}
    </span>
  );
}

function wordOf({ connection, refused }: FeedStatus): string {
  if (connection === 'reconnecting') {
    return 'reconnecting';
  }
  return refused === null ? 'connecting' : 'no live connection';
}
