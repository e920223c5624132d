import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SessionView } from '@tila/contract/session.ts';
import { request } from '../api/client.ts';
import { allows, useSession } from '../api/session.ts';
import { cx } from '../ui/cx.ts';
import { webUrl } from '../ui/web-url.ts';
import classes from './demo-bar.module.css';

export interface DemoBarProps {
  readonly demo: NonNullable<SessionView['demo']>;
}

const start = (name: string) => request<void>(`/api/demo/scenarios/${encodeURIComponent(name)}`, { method: 'POST' });

/** Says that this is the demo estate, leads to its inbox, and starts its scenarios. */
export function DemoBar({ demo }: DemoBarProps) {
  const session = useSession();
  const command = useMutation({ mutationFn: start });
  const inbox = webUrl(demo.inboxUrl);
  return (
    <section className={cx(classes.bar)} aria-label="Demo">
      <strong>Demo estate</strong>
      {inbox !== null && (
        <a href={inbox} target="_blank" rel="noreferrer">
          Inbox: Teams cards and email ↗
        </a>
      )}
      {allows(session, 'responder') && (
        <span className={cx(classes.scenarios)}>
          <span>Start:</span>
          {demo.scenarios.map((name) => (
            <Button
              key={name}
              size="compact-xs"
              variant="default"
              loading={command.isPending && command.variables === name}
              onClick={() => command.mutate(name)}
            >
              {name.replaceAll('-', ' ')}
            </Button>
          ))}
        </span>
      )}
      <span role="status" className={cx(classes.result)}>
        {command.isSuccess && `Started ${command.variables.replaceAll('-', ' ')}`}
        {command.error?.message}
      </span>
    </section>
  );
}
