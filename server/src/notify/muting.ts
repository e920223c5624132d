import type { Labels } from '../model/labels.ts';
import type { GroupSnapshot } from './grouping/alert-group.ts';
import type { Inhibitor } from './inhibition/inhibitor.ts';
import { mutingIntervals, type TimedRoute, type TimeIntervals } from './mute-timings/mute-timings.ts';
import type { NotifiedAlert } from './notified-alert.ts';

export interface MutingDeps {
  readonly inhibitor: Pick<Inhibitor, 'inhibitedBy'>;
  readonly silences: { silencedBy(labels: Labels): readonly string[] };
  readonly timeIntervals: TimeIntervals;
}

/** Why an alert is quiet. `by` holds fingerprints, interval names or silence ids. */
export interface Suppression {
  readonly cause: 'inhibition' | 'mute timing' | 'silence';
  readonly by: readonly string[];
}

export interface SuppressedAlert extends Suppression {
  readonly alert: NotifiedAlert;
}

export interface MutedGroup {
  readonly audible: readonly NotifiedAlert[];
  readonly suppressed: readonly SuppressedAlert[];
}

/** The stages that take alerts out of a notification, in Alertmanager's order: inhibition, time intervals, silences. */
export class Muting {
  readonly #deps: MutingDeps;

  constructor(deps: MutingDeps) {
    this.#deps = deps;
  }

  apply(group: GroupSnapshot, now: number): MutedGroup {
    const audible: NotifiedAlert[] = [];
    const suppressed: SuppressedAlert[] = [];
    for (const alert of group.alerts) {
      const suppression = this.suppressionOf(alert.labels, group.route, now);
      if (suppression === undefined) {
        audible.push(alert);
      } else {
        suppressed.push({ alert, ...suppression });
      }
    }
    return { audible, suppressed };
  }

  suppressionOf(labels: Labels, route: TimedRoute, now: number): Suppression | undefined {
    const { inhibitor, silences, timeIntervals } = this.#deps;
    const stages: readonly [Suppression['cause'], () => readonly string[]][] = [
      ['inhibition', () => inhibitor.inhibitedBy(labels)],
      ['mute timing', () => mutingIntervals(route, timeIntervals, now)],
      ['silence', () => silences.silencedBy(labels)],
    ];
    for (const [cause, stage] of stages) {
      const by = stage();
      if (by.length > 0) {
        return { cause, by };
      }
    }
    return undefined;
  }
}
