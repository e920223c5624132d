import { type ReactNode, useEffect } from 'react';
import { cx } from './cx.ts';
import classes from './page.module.css';

export interface PageProps {
  readonly title: string;
  /** Shown instead of the plain title, for example a breadcrumb. Must hold the only h1. */
  readonly heading?: ReactNode;
  readonly summary?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A view: its title (also the document's), one line of summary, its controls, its content. */
export function Page({ title, heading, summary, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tila`;
  }, [title]);
  return (
    <div className={cx(classes.page)}>
      <header className={cx(classes.header)}>
        <div className={cx(classes.titles)}>
          {heading ?? <h1>{title}</h1>}
          {summary !== undefined && <div className={cx(classes.summary)}>{summary}</div>}
        </div>
        {actions !== undefined && <div className={cx(classes.actions)}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
