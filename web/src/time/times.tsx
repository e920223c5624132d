import { formatAge, formatDuration } from '../ui/duration.ts';
import { useNow } from './now.tsx';
import { useZone } from './zone.tsx';

export interface AtProps {
  readonly at: number;
}

/** "4 s": how old, now. */
export function Age({ at }: AtProps) {
  const { full } = useZone();
  return (
    <time dateTime={new Date(at).toISOString()} title={full(at)}>
      {formatAge(useNow() - at)}
    </time>
  );
}

/** "12 min since 14:02:05 UTC": always the duration and the clock. */
export function Since({ at }: AtProps) {
  const { clock, full } = useZone();
  return (
    <time dateTime={new Date(at).toISOString()} title={full(at)}>
      {formatDuration(useNow() - at)} <span className="tila-visually-hidden">since</span>{' '}
      <span className="tila-clock">· {clock(at)}</span>
    </time>
  );
}

/** "up to 14:02:05 UTC": how far something has come. */
export function UpTo({ at }: AtProps) {
  const { clock, full } = useZone();
  return (
    <time dateTime={new Date(at).toISOString()} title={full(at)}>
      up to {clock(at)}
    </time>
  );
}

export interface SpanProps {
  readonly from: number;
  /** Null while it goes on. */
  readonly to: number | null;
}

/** How long something took, or has taken until now. */
export function Duration({ from, to }: SpanProps) {
  return to === null ? <RunningDuration from={from} /> : <span>{formatDuration(to - from)}</span>;
}

function RunningDuration({ from }: Pick<SpanProps, 'from'>) {
  return <span>{formatDuration(useNow() - from)}</span>;
}

/** An instant with its zone. */
export function Instant({ at }: AtProps) {
  const { full } = useZone();
  return <time dateTime={new Date(at).toISOString()}>{full(at)}</time>;
}
