import type { AlertView } from '@tila/contract/alerts.ts';

/** What to announce at once: the critical alert that fired last; '' when there is none. */
export function newestCritical(firing: readonly AlertView[]): string {
  const [newest] = firing
    .filter(({ labels, silencedBy }) => labels.severity === 'critical' && silencedBy.length === 0)
    .sort((a, b) => (b.firedAt ?? 0) - (a.firedAt ?? 0));
  if (newest === undefined) {
    return '';
  }
  const where = [newest.labels.service, newest.labels.environment].filter(Boolean).join(' in ');
  return `Critical: ${newest.name}${where === '' ? '' : ` on ${where}`}`;
}
