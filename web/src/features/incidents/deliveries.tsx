import type { DeliveryAttempt, DeliveryView } from '@tila/contract/deliveries.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import classes from './deliveries.module.css';

export interface DeliveriesProps {
  readonly deliveries: readonly DeliveryView[];
}

/** Who was told, by which way, and whether it arrived, attempt by attempt. */
export function Deliveries({ deliveries }: DeliveriesProps) {
  if (deliveries.length === 0) {
    return <p className={cx(classes.none)}>Nobody has been told yet. Routing decides who: alert-rules/routing.yaml.</p>;
  }
  return (
    <ul className={cx(classes.list)} aria-label="Deliveries">
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <p className={cx(classes.head)}>
            <strong>{delivery.receiver}</strong>
            <span>{delivery.integration}</span>
            <span className={cx(classes.state, classes[delivery.state])}>{delivery.state}</span>
          </p>
          <p className={cx(classes.title)}>{delivery.title}</p>
          <ol>
            {delivery.attempts.map((attempt) => (
              <Attempt key={attempt.attempt} attempt={attempt} />
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}

interface AttemptProps {
  readonly attempt: DeliveryAttempt;
}

function Attempt({ attempt }: AttemptProps) {
  const { clock } = useZone();
  const { outcome, status, durationMs, detail, startedAt, retryAt } = attempt;
  return (
    <li>
      {clock(startedAt)} · {outcome} · {status ?? 'no answer'}
      {durationMs !== null && ` in ${Math.round(durationMs)} ms`}
      {detail !== '' && ` · ${detail}`}
      {retryAt !== null && ` · again at ${clock(retryAt)}`}
    </li>
  );
}
