import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ExpositionParser } from '@tila/collectors/prometheus/exposition/exposition-parser.ts';
import { demoEstate, NOON } from '@tila/collectors/simulator/demo-estate.fake.ts';
import type { LabelSet } from '@tila/contract/labels.ts';

/** Series of one data set, by metric. Series scraped together hold equal times. */
export type DataSet = ReadonlyMap<string, readonly DataSeries[]>;

export interface DataSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestamps: number[];
  readonly values: number[];
}

interface Page {
  readonly at: number;
  readonly text: string;
}

/** Pages in a folder, one file a scrape, named by their time in milliseconds. */
export function pagesIn(folder: string): readonly Page[] {
  return globSync('*.txt', { cwd: folder })
    .map((name) => ({ at: Number(basename(name, '.txt')), text: readFileSync(join(folder, name), 'utf8') }))
    .filter(({ text }) => text !== '')
    .sort((a, b) => a.at - b.at);
}

/** Runs an exporter of this machine and scrapes it; undefined where it is not installed. */
export async function scrapeNodeExporter(scrapes: number, intervalMs: number): Promise<readonly Page[] | undefined> {
  const port = 20_000 + (process.pid % 20_000);
  const exporter = spawn('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const isThere = await new Promise<boolean>((resolve) => {
    exporter.once('error', () => resolve(false));
    exporter.once('spawn', () => resolve(true));
  });
  if (!isThere) {
    return undefined;
  }
  try {
    const pages: Page[] = [];
    for (let i = 0; i < scrapes; i += 1) {
      await setTimeout(intervalMs);
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      pages.push({ at: Date.now(), text: await response.text() });
    }
    return pages;
  } finally {
    exporter.kill();
  }
}

/** What a scraper would store of these pages: one time a page. */
export function dataOfPages(pages: readonly Page[]): DataSet {
  const metrics = new Map<string, DataSeries[]>();
  const parser = new ExpositionParser<DataSeries>();
  let at = 0;
  const visitor = {
    resolve: (labels: LabelSet) => seriesIn(metrics, labels),
    sample: (series: DataSeries, value: number) => {
      series.timestamps.push(at);
      series.values.push(value);
    },
    metadata: () => undefined,
  };
  for (const page of pages) {
    at = page.at;
    parser.parse(page.text, 'text', visitor);
  }
  return metrics;
}

/** The demo estate's production environment, scraped every 15 s with a few milliseconds of jitter. */
export function dataOfDemoEstate(hours: number): DataSet {
  const metrics = new Map<string, DataSeries[]>();
  const { world } = demoEstate(NOON);
  for (const target of world.targets('prod')) {
    const series = target.plan.series.map(({ name, labels }) =>
      seriesIn(metrics, { __name__: name, ...labels, ...target.labels }),
    );
    for (let scrape = 0; scrape < hours * 240; scrape += 1) {
      const at = NOON + scrape * 15_000 + ((scrape * 7919) % 9);
      for (const [index, { timestamps, values }] of series.entries()) {
        const value = target.valueAt(index, at);
        if (!Number.isNaN(value)) {
          timestamps.push(at);
          values.push(value);
        }
      }
      target.forget();
    }
  }
  return metrics;
}

function seriesIn(metrics: Map<string, DataSeries[]>, labels: LabelSet): DataSeries {
  const series: DataSeries = { labels, timestamps: [], values: [] };
  const name = labels.__name__ ?? '';
  metrics.set(name, [...(metrics.get(name) ?? []), series]);
  return series;
}
