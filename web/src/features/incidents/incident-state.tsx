import type { IncidentState } from '@tila/contract/incidents.ts';
import { cx } from '../../ui/cx.ts';
import classes from './incident-state.module.css';

const GLYPHS: Readonly<Record<IncidentState, string>> = { open: '●', acknowledged: '◇', resolved: '✓' };

export interface IncidentStateMarkProps {
  readonly state: IncidentState;
}

export function IncidentStateMark({ state }: IncidentStateMarkProps) {
  return (
    <span className={cx(classes.state, classes[state])}>
      <span aria-hidden="true">{GLYPHS[state]}</span> {state}
    </span>
  );
}
