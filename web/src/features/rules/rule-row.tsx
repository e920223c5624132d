import type { RuleView } from '@tila/contract/rules.ts';
import { Link } from 'react-router';
import { cx } from '../../ui/cx.ts';
import { formatStep } from '../../ui/duration.ts';
import { HealthMark } from '../../ui/health-mark.tsx';
import { SeverityMark } from '../../ui/severity-mark.tsx';
import classes from './rules-page.module.css';

export interface RuleRowProps {
  readonly rule: RuleView;
}

/** One rule: is it healthy, what state it is in, what it asks. */
export function RuleRow({ rule }: RuleRowProps) {
  const { kind, name, expr, health, forMs, keepFiringForMs, labels, lastError, staleSources, state, evaluationMs } = rule;
  return (
    <li className={cx(classes.rule)}>
      <span className={cx(classes.health)}>
        <HealthMark health={health} />
      </span>
      <div className={cx(classes.what)}>
        <p className={cx(classes.name)}>
          <strong>{name}</strong>
          {kind === 'alerting' && labels.severity !== undefined && <SeverityMark severity={labels.severity} />}
          {kind === 'alerting' && <State name={name} state={state} />}
        </p>
        <code className={cx(classes.expr)}>{expr}</code>
        {lastError !== null && <p className={cx(classes.error)}>{lastError}</p>}
        {staleSources.length > 0 && <p className={cx(classes.stale)}>Waits for {staleSources.join(', ')}</p>}
      </div>
      <span className={cx(classes.timing)}>
        {kind === 'recording' && <span>recording</span>}
        {forMs > 0 && <span>for {formatStep(forMs)}</span>}
        {keepFiringForMs > 0 && <span>keeps firing {formatStep(keepFiringForMs)}</span>}
        {evaluationMs !== null && <span>took {Math.round(evaluationMs)} ms</span>}
      </span>
    </li>
  );
}

interface StateProps {
  readonly name: string;
  readonly state: RuleView['state'];
}

/** Firing and pending lead to the alerts; inactive is the quiet usual. */
function State({ name, state }: StateProps) {
  if (state !== 'firing' && state !== 'pending') {
    return <span className={cx(classes.inactive)}>{state}</span>;
  }
  return (
    <Link to={`/alerts?${new URLSearchParams({ text: name })}`} className={cx(classes[state])}>
      {state}
    </Link>
  );
}
