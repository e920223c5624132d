import { expect, it } from 'vitest';
import { SelfMetrics } from './self-metrics.ts';

it('shows in one read what the refresh of that read has set', async () => {
  const metrics = new SelfMetrics();
  metrics.onCollect(() => metrics.sourceStale.set({ source: 'prod' }, 1));
  expect(await metrics.registry.metrics()).toContain('tila_source_stale{source="prod"} 1');
});
