import type { TileStatus } from '@tila/contract/overview.ts';

/** What a thing is now. Each has a shape, a colour and a word, and is shown with all three. */
export type Status = TileStatus | 'maintenance';

/** Worst first. Stale and no data rank above ok: not knowing is never fine. */
export const STATUS_ORDER: readonly Status[] = ['critical', 'warning', 'stale', 'no data', 'maintenance', 'ok'];

/** 0 is the worst. */
export function statusRank(status: Status): number {
  return STATUS_ORDER.indexOf(status);
}

/** The worst of some statuses; `no data` when there are none. */
export function worstStatus(statuses: readonly Status[]): Status {
  return STATUS_ORDER.find((status) => statuses.includes(status)) ?? 'no data';
}

/** The status as part of a class name. */
export function statusClass(status: Status): string {
  return status.replace(' ', '-');
}
