import { expect, it } from 'vitest';
import { ManualClock, turns } from '../../manual-clock.fake.ts';
import { SampleColumns } from '../sample-columns.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import type { Target } from './target.ts';
import type { ScrapeOutcome } from './target-scraper.ts';

const STEP_MS = 10_000;
const target: Target = { key: 'k', url: 'http://h/metrics', labels: {}, intervalMs: STEP_MS, timeoutMs: STEP_MS };
const outcome: ScrapeOutcome = { columns: new SampleColumns(), metadata: {}, error: null, durationMs: 1, samples: 0 };

it('has said everything up to just before its scrape until that is stored, and then up to just before the next', async () => {
  const clock = new ManualClock(1_700_000_000_000);
  const stop = new AbortController();
  const scrapes: number[] = [];
  const scraper = {
    end: () => new SampleColumns(),
    scrape: async (atMs: number) => {
      scrapes.push(atMs);
      return outcome;
    },
  };
  let stored = (): void => undefined;
  const store = (): Promise<void> =>
    new Promise((resolve) => {
      stored = resolve;
    });
  const loop = new ScrapeLoop(target, { clock, scraper, store });
  loop.run(stop.signal).catch(() => undefined);
  const first = loop.saidUpTo() + 1;
  await clock.advanceTo(first);
  expect(scrapes).toEqual([first]);
  expect(loop.saidUpTo()).toBe(first - 1);
  expect(loop.saidOnceStored()).toBe(first + STEP_MS - 1);
  await clock.advanceTo(first + 2.5 * STEP_MS);
  expect(loop.saidUpTo(), 'storing takes long').toBe(first - 1);
  stored();
  await turns(3);
  await clock.advanceTo(first + 3 * STEP_MS);
  expect(scrapes, 'missed slots are skipped').toEqual([first, first + 3 * STEP_MS]);
  stop.abort();
});
