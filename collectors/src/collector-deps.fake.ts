import type { CollectorDeps } from './collector.ts';
import { FakeIngestClient } from './ingest-client.fake.ts';
import { ManualClock } from './manual-clock.fake.ts';

/** What the tests hand a collector: a standing clock, an ingest that remembers, counters that only count. */
export interface FakeDeps extends CollectorDeps {
  readonly clock: ManualClock;
  readonly ingest: FakeIngestClient;
  readonly counts: { scrapes: number; backfilled: number; discoveryFailures: number; retries: number };
}

export function fakeDeps(overrides: Partial<CollectorDeps> & { readonly now?: number } = {}): FakeDeps {
  const counts = { scrapes: 0, backfilled: 0, discoveryFailures: 0, retries: 0 };
  const { now = 1_700_000_000_000, ...rest } = overrides;
  const silent = (): void => undefined;
  return {
    log: { debug: silent, info: silent, warn: silent, error: silent },
    metrics: {
      scraped: () => {
        counts.scrapes += 1;
      },
      backfilled: (_, samples) => {
        counts.backfilled += samples;
      },
      discoveryFailed: () => {
        counts.discoveryFailures += 1;
      },
      retried: () => {
        counts.retries += 1;
      },
    },
    random: () => 0.5,
    mapping: [],
    baseDirectory: '/',
    environment: {},
    ...rest,
    clock: new ManualClock(now),
    ingest: new FakeIngestClient(),
    counts,
  };
}
