import type { MetricMetadata } from '../../model/series-store.ts';
import type { Logger } from '../../runtime/logger.ts';
import { textOf } from './rows.ts';
import type { SeriesIndex } from './series-index.ts';
import { loadSeries, type SeriesLoaderDeps } from './series-loader.ts';
import type { ReplayedHead, ReplayedOwnRows } from './wal-replay.ts';

export interface IndexDeps extends SeriesLoaderDeps {
  readonly metadata: Map<string, MetricMetadata>;
}

export interface HeadDeps extends Pick<SeriesLoaderDeps, 'groups' | 'index'> {
  readonly logger: Logger;
}

/** Brings index and metadata back to where the last commit left them. The samples in memory come with `adoptHead`. */
export function loadIndex(deps: IndexDeps): void {
  loadSeries(deps);
  for (const row of deps.database.prepare('SELECT metric, json FROM metadata').iterate()) {
    deps.metadata.set(textOf(row, 'metric'), parseMetadata(textOf(row, 'json')));
  }
}

/** Gives the series their samples. Returns how many rows of the log were damaged and left out. */
export function adoptHead(head: ReplayedHead, { index, groups, logger }: HeadDeps): number {
  for (const { walRow, err } of head.damaged) {
    logger.error({ err, walRow }, 'write-ahead log row is damaged and left out; its samples are lost');
  }
  groups.adopt(head.groups, (ref) => index.byRef(ref));
  adoptOwnRows(head.own, index);
  for (const series of index.all()) {
    series.findNewest();
  }
  return head.damaged.length;
}

function adoptOwnRows({ refs, ends, timestamps, values }: ReplayedOwnRows, index: SeriesIndex): void {
  let from = 0;
  for (const [at, ref] of refs.entries()) {
    const to = ends[at] ?? from;
    index.byRef(ref)?.merge({ timestamps: timestamps.slice(from, to), values: values.slice(from, to) });
    from = to;
  }
}

function parseMetadata(json: string): MetricMetadata {
  // The appender wrote it; SQLite's own checks cover the text.
  return JSON.parse(json) as MetricMetadata;
}
