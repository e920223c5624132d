import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { cx } from './cx.ts';
import classes from './view-state.module.css';

const SKELETON_AFTER_MS = 200;
const SLOW_AFTER_MS = 3000;

function useElapsed(ms: number): boolean {
  const [elapsed, setElapsed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setElapsed(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return elapsed;
}

export interface LoadingProps {
  /** What is being loaded: "alerts". */
  readonly what: string;
  readonly rows?: number;
}

/** A skeleton that appears only after 200 ms, with words after 3 s. */
export function Loading({ what, rows = 5 }: LoadingProps) {
  const visible = useElapsed(SKELETON_AFTER_MS);
  const slow = useElapsed(SLOW_AFTER_MS);
  return (
    <div role="status" aria-label={`Loading ${what}`} className={cx(classes.loading)}>
      {visible &&
        Array.from({ length: rows }, (_, index) => `row-${index}`).map((row) => <div key={row} className={cx(classes.bone)} />)}
      {slow && <p className={cx(classes.slow)}>Still loading {what}…</p>}
    </div>
  );
}

export interface EmptyProps {
  readonly title: string;
  /** Why it is empty and what to do next. */
  readonly children: ReactNode;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className={cx(classes.empty)}>
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

export interface FailureProps {
  readonly what: string;
  readonly error: Error;
  readonly onRetry?: () => void;
}

export function Failure({ what, error, onRetry }: FailureProps) {
  return (
    <div role="alert" className={cx(classes.failure)}>
      <h2>Could not load {what}</h2>
      <p className={cx(classes.message)}>{error.message}</p>
      {onRetry !== undefined && (
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export interface StripProps {
  readonly tone: 'critical' | 'warning' | 'stale';
  readonly children: ReactNode;
}

/** One line above a view: what is wrong with what is shown below. */
export function Strip({ tone, children }: StripProps) {
  return <div className={cx(classes.strip, classes[tone])}>{children}</div>;
}
