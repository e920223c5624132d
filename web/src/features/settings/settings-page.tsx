import { Button, Kbd, SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { request } from '../../api/client.ts';
import { allows, useSession } from '../../api/session.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import { usePersisted } from '../../ui/persisted.ts';
import { SHORTCUTS } from '../../ui/shortcuts.ts';
import { ApiTokens } from './api-tokens.tsx';
import classes from './settings-page.module.css';

const SCHEMES = ['dark', 'light', 'auto'] as const;

export interface SettingsPageProps {
  /** The form that sets or changes the password. */
  readonly password: ReactNode;
}

/** What this browser remembers, and what an admin keeps. */
export function SettingsPage({ password }: SettingsPageProps) {
  const session = useSession();
  const queries = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { zone, setZone } = useZone();
  const [shortcuts, setShortcuts] = usePersisted('tila-shortcuts', ['on', 'off']);
  const signOut = useMutation({
    mutationFn: () => request<void>('/api/session', { method: 'DELETE' }),
    onSuccess: () => {
      queries.clear();
      // Everything of the session goes with the page: the socket, the cache, what was on screen.
      location.assign('/');
    },
  });
  return (
    <Page
      title="Settings"
      summary={session === null ? '' : `Signed in as ${session.user}, ${session.role} · Tila ${session.version}`}
    >
      <Card title="Appearance">
        <SegmentedControl
          aria-label="Theme"
          size="xs"
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((scheme) => scheme === value) ?? 'dark')}
          data={[
            { value: 'dark', label: 'Dark' },
            { value: 'light', label: 'Light' },
            { value: 'auto', label: 'System' },
          ]}
        />
      </Card>
      <Card title="Time zone">
        <SegmentedControl
          aria-label="Time zone"
          size="xs"
          value={zone}
          onChange={(value) => setZone(value === 'utc' ? 'utc' : 'local')}
          data={[
            { value: 'local', label: `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone})` },
            { value: 'utc', label: 'UTC' },
          ]}
        />
      </Card>
      <Card title="Keyboard">
        <Switch
          label="Shortcuts (takes effect on the next page load)"
          size="xs"
          checked={shortcuts === 'on'}
          onChange={(event) => setShortcuts(event.currentTarget.checked ? 'on' : 'off')}
        />
        <dl className={cx(classes.keys)}>
          {SHORTCUTS.map(({ keys, does }) => (
            <div key={does}>
              <dt>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Card>
      {allows(session, 'admin') && (
        <Card title="API tokens">
          <ApiTokens />
        </Card>
      )}
      <Card title={session?.mustSetPassword ? 'Set a password' : 'Password'}>
        {session?.mustSetPassword && (
          <p className={cx(classes.note)}>You came in by a one-time link. Set a password, or you need another link next time.</p>
        )}
        {password}
      </Card>
      <Card title="Session">
        {signOut.error !== null && <p role="alert">{signOut.error.message}</p>}
        <Button variant="default" size="xs" loading={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </Button>
      </Card>
    </Page>
  );
}

interface CardProps {
  readonly title: string;
  readonly children: ReactNode;
}

function Card({ title, children }: CardProps) {
  return (
    <section className={cx(classes.card)} aria-label={title}>
      <h2>{title}</h2>
      <div className={cx(classes.content)}>{children}</div>
    </section>
  );
}
