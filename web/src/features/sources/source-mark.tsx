import type { SourceState } from '@tila/contract/sources.ts';
import { cx } from '../../ui/cx.ts';
import { StatusMark } from '../../ui/status-mark.tsx';
import classes from './source-mark.module.css';

export interface SourceMarkProps {
  readonly state: SourceState;
}

/** A source's state with the shapes of the overview; `error` has a cross of its own. */
export function SourceMark({ state }: SourceMarkProps) {
  return state === 'error' ? <span className={cx(classes.error)}>✕ error</span> : <StatusMark status={state} />;
}
