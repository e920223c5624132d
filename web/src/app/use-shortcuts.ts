import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { usePersisted } from '../ui/persisted.ts';
import { isTyping } from '../ui/typing.ts';

/** After `g`, the second key must come within this time. */
const SEQUENCE_MS = 1200;

export const DESTINATIONS: Readonly<Record<string, { readonly to: string; readonly label: string }>> = {
  o: { to: '/', label: 'Overview' },
  a: { to: '/alerts', label: 'Alerts' },
  i: { to: '/incidents', label: 'Incidents' },
  s: { to: '/sources', label: 'Sources' },
  r: { to: '/rules', label: 'Rules' },
  l: { to: '/silences', label: 'Silences' },
};

export interface ShortcutActions {
  readonly onHelp: () => void;
  readonly onZone: () => void;
}

/** The page's own keys. None fires while someone types or holds a modifier, and all can be turned off. */
export function useShortcuts({ onHelp, onZone }: ShortcutActions): void {
  const navigate = useNavigate();
  const [enabled] = usePersisted('tila-shortcuts', ['on', 'off']);
  const goAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (enabled === 'off') {
      return;
    }
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      const going = event.timeStamp - goAt.current < SEQUENCE_MS;
      goAt.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const destination = going ? DESTINATIONS[event.key] : undefined;
      if (destination !== undefined) {
        void navigate(destination.to);
      } else if (event.key === '?') {
        onHelp();
      } else if (event.key === 'z') {
        onZone();
      } else if (event.key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('[data-search]')?.focus();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [enabled, navigate, onHelp, onZone]);
}
