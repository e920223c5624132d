import type { SessionView } from '@tila/contract/session.ts';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { useTopic } from '../live/use-topic.ts';
import { useZone } from '../time/zone.tsx';
import { Announcer } from '../ui/announcer.tsx';
import { cx } from '../ui/cx.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { ConnectionPill } from './connection-pill.tsx';
import { DemoBar } from './demo-bar.tsx';
import { newestCritical } from './newest-critical.ts';
import classes from './shell.module.css';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useShortcuts } from './use-shortcuts.ts';

export interface ShellProps {
  readonly session: SessionView;
  readonly children: ReactNode;
}

interface Destination {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  readonly count?: number | undefined;
}

function useCounts() {
  const alerts = useTopic({ kind: 'alerts' }, { path: '/api/alerts', keyOf: (alert) => alert.fingerprint });
  const incidents = useTopic({ kind: 'incidents' }, { path: '/api/incidents', keyOf: (incident) => incident.id });
  const firing = Object.values(alerts.items ?? {}).filter(({ state }) => state === 'firing');
  const open = Object.values(incidents.items ?? {}).filter(({ state }) => state !== 'resolved');
  return { firing, open: open.length };
}

/** Everything around a view: navigation, connection, demo bar, shortcuts, announcements. */
export function Shell({ session, children }: ShellProps) {
  const { firing, open } = useCounts();
  const [helpOpen, setHelpOpen] = useState(false);
  const zone = useZone();
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useShortcuts({ onHelp: () => setHelpOpen(true), onZone: () => zone.setZone(zone.zone === 'utc' ? 'local' : 'utc') });
  useEffect(() => {
    // A new page starts at its top, for the eye and for the keyboard.
    if (pathname !== '') {
      window.scrollTo(0, 0);
    }
  }, [pathname]);
  const destinations: readonly Destination[] = [
    { to: '/', label: 'Overview', icon: 'overview' },
    { to: '/alerts', label: 'Alerts', icon: 'alerts', count: firing.length },
    { to: '/incidents', label: 'Incidents', icon: 'incidents', count: open },
    { to: '/sources', label: 'Sources', icon: 'sources' },
    { to: '/rules', label: 'Rules', icon: 'rules' },
    { to: '/silences', label: 'Silences', icon: 'silences' },
    { to: '/settings', label: 'Settings', icon: 'settings' },
  ];
  return (
    <div className={cx(classes.shell)}>
      <a href="#main" className={cx(classes.skip)}>
        Skip to content
      </a>
      <header className={cx(classes.side)}>
        <Link to="/" className={cx(classes.brand)} aria-label="Tila, overview">
          <img src="/icon.svg" alt="" width="22" height="22" />
          <span>Tila</span>
        </Link>
        <nav aria-label="Main" className={cx(classes.nav)}>
          {destinations.map((destination) => (
            <Destination key={destination.to} {...destination} />
          ))}
        </nav>
        <div className={cx(classes.foot)}>
          <ConnectionPill />
          <button type="button" className={cx(classes.zone)} onClick={() => zone.setZone(zone.zone === 'utc' ? 'local' : 'utc')}>
            {zone.zone === 'utc' ? 'UTC' : 'Local time'}
          </button>
          <span className={cx(classes.user)} title={`Tila ${session.version}`}>
            {session.user} · {session.role}
          </span>
        </div>
      </header>
      <div className={cx(classes.content)}>
        {session.demo !== null && <DemoBar demo={session.demo} />}
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <ShortcutHelp opened={helpOpen} onClose={() => setHelpOpen(false)} />
      <Announcer polite={`${firing.length} alerts firing, ${open} incidents open`} assertive={newestCritical(firing)} />
    </div>
  );
}

function Destination({ to, label, icon, count = 0 }: Destination) {
  return (
    <NavLink to={to} end={to === '/'} className={({ isActive }) => cx(classes.link, isActive && classes.active)}>
      <Icon name={icon} />
      <span className={cx(classes.label)}>{label}</span>
      {count > 0 && <span className={cx(classes.count)}>{count}</span>}
    </NavLink>
  );
}
