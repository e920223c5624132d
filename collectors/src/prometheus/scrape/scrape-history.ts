import type { CollectorDeps } from '../../collector.ts';
import { HttpClient } from '../../http/http-client.ts';
import { GapFiller } from '../history/gap-filler.ts';
import { HistoryReader } from '../history/history-reader.ts';
import type { HistoryConfig } from '../history/schema.ts';
import { SeriesBook } from '../history/series-book.ts';
import type { SeriesMapping } from '../series-mapping.ts';
import type { SourceReporter } from '../source-report.ts';
import type { PrometheusScrapeConfig } from './schema.ts';
import type { Target } from './target.ts';

export interface FillDeps extends Omit<CollectorDeps, 'mapping'> {
  readonly mapping: SeriesMapping;
  readonly reporter: SourceReporter;
  /** The targets that will be scraped. */
  readonly targets: readonly Target[];
  readonly signal: AbortSignal;
}

/**
 * Copies what the source lacks from the server that has scraped it before, up to less than one interval ago. Scraping starts
 * only afterwards, so that each series stays in order; a history that cannot be read is reported and given up, because
 * what happens now matters more.
 */
export async function fillFromHistory(config: PrometheusScrapeConfig, history: HistoryConfig, deps: FillDeps): Promise<void> {
  const { clock, ingest, log, metrics, reporter, signal } = deps;
  await using http = new HttpClient({ ...deps, config: history });
  const reader = new HistoryReader({
    ...deps,
    http,
    url: history.url,
    method: history.method,
    stepMs: history.step ?? config.scrape_interval,
    timeoutMs: history.timeout,
    onRetry: () => metrics.retried(config.name),
  });
  const filler = new GapFiller({
    source: config.name,
    reader,
    book: new SeriesBook({ identify: (labels) => labels, toStored: (labels) => deps.mapping.apply(labels) }),
    clock,
    metrics,
    selectors: history.match ?? [jobSelector(deps.targets, config)],
    store: async (columns, watermarkMs) => {
      await ingest.write(columns.toBatch(config.name, { watermarkMs }), signal);
    },
    onProgress: (progress) => reporter.filling(progress),
  });
  try {
    const afterMs = (await ingest.watermark(config.name, signal)) ?? clock.now() - history.range;
    await filler.fill(Math.max(afterMs, clock.now() - history.range), config.scrape_interval, signal);
  } catch (error) {
    signal.throwIfAborted();
    reporter.failed(error);
    reporter.send();
    log.warn({ err: error, source: config.name }, 'history could not be copied, scraping starts without it');
  }
}

/** Discovery may name the job itself; without targets it is the configured one. */
function jobSelector(targets: readonly Target[], config: PrometheusScrapeConfig): string {
  const jobs = new Set(targets.map(({ labels }) => labels.job ?? ''));
  const names = jobs.size === 0 ? [config.job_name ?? config.name] : [...jobs].sort();
  const regex = names.map((name) => name.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')).join('|');
  return `{job=~${JSON.stringify(regex)}}`;
}
