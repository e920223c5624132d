import type { ReactNode } from 'react';
import { cx } from '../../ui/cx.ts';
import classes from './session-card.module.css';

export interface SessionCardProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** The small centred card of everything before the console. */
export function SessionCard({ title, children }: SessionCardProps) {
  return (
    <main className={cx(classes.screen)}>
      <div className={cx(classes.card)}>
        <p className={cx(classes.brand)}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          Tila
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
