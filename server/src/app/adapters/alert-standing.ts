import type { Incidents } from '../../incidents/incidents.ts';
import type { NotificationPipeline } from '../../notify/notification-pipeline.ts';
import type { AlertStanding, AlertStatus } from '../../overview/alert-status.ts';

interface AlertStandingsDeps {
  readonly notifications: Pick<NotificationPipeline, 'statusOf'>;
  readonly incidents: Pick<Incidents, 'incidentOf' | 'subscribe'>;
}

/** What hangs on an alert: who is told, what mutes it, its incident. */
export class AlertStandings implements AlertStatus {
  readonly #deps: AlertStandingsDeps;
  readonly #listeners = new Set<(fingerprint: string) => void>();

  constructor(deps: AlertStandingsDeps) {
    this.#deps = deps;
    deps.incidents.subscribe(({ alerts }) => {
      for (const { fingerprint } of alerts) {
        this.changed(fingerprint);
      }
    });
  }

  statusOf(fingerprint: string): AlertStanding {
    const incident = this.#deps.incidents.incidentOf(fingerprint);
    return {
      ...this.#deps.notifications.statusOf(fingerprint),
      incidentId: incident?.id ?? null,
      acknowledged: incident?.state === 'acknowledged',
    };
  }

  subscribe(listener: (fingerprint: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that the standing of an alert may be another now, for what is not observed here. */
  changed(fingerprint: string): void {
    for (const listener of this.#listeners) {
      listener(fingerprint);
    }
  }
}
