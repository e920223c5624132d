import { useEffect, useRef, useState } from 'react';

/** Assertive announcements come at most this often, so that a storm does not drown the page. */
export const ASSERTIVE_EVERY_MS = 10_000;

/** How long to hold an assertive message back. */
export function assertiveDelay(lastAt: number | null, now: number): number {
  return lastAt === null ? 0 : Math.max(0, lastAt + ASSERTIVE_EVERY_MS - now);
}

export interface AnnouncerProps {
  /** Counts: read when the reader is idle. */
  readonly polite: string;
  /** Only a new critical. Empty says nothing. */
  readonly assertive: string;
}

/** The page's two live regions. */
export function Announcer({ polite, assertive }: AnnouncerProps) {
  const [spoken, setSpoken] = useState('');
  const lastAt = useRef<number | null>(null);
  useEffect(() => {
    if (assertive === '') {
      return;
    }
    const timer = setTimeout(
      () => {
        lastAt.current = Date.now();
        setSpoken(assertive);
      },
      assertiveDelay(lastAt.current, Date.now()),
    );
    return () => clearTimeout(timer);
  }, [assertive]);
  return (
    <>
      <div className="tila-visually-hidden" role="status" aria-live="polite">
        {polite}
      </div>
      <div className="tila-visually-hidden" aria-live="assertive">
        {spoken}
      </div>
    </>
  );
}
