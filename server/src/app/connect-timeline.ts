import { recordOfDelivery, recordOfSuppression } from '../incidents/delivery-records.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { SourceRegistry } from '../ingest/source-registry.ts';
import type { NotificationPipeline } from '../notify/notification-pipeline.ts';
import type { Logger } from '../runtime/logger.ts';

interface TimelineSources {
  readonly incidents: Incidents;
  readonly notifications: NotificationPipeline;
  readonly registry: SourceRegistry;
  readonly logger: Logger;
}

/** Puts what happens elsewhere on incident timelines: deliveries, suppressions, silent sources. */
export function connectTimeline({ incidents, notifications, registry, logger }: TimelineSources): void {
  const note = (writing: Promise<unknown>): void => {
    writing.catch((err: unknown) => logger.error({ err }, 'an entry could not be added to an incident'));
  };
  notifications.deliveries.subscribe((event) => {
    const record = recordOfDelivery(event);
    if (record !== null) {
      note(incidents.recordDelivery(record));
    }
  });
  notifications.onSuppressed((event) => note(incidents.recordDelivery(recordOfSuppression(event))));
  registry.subscribeGaps((gap) => {
    note(incidents.recordSourceGap({ ...gap, precisionMs: (registry.view(gap.source)?.intervalMs ?? 0) / 2 }));
  });
}
