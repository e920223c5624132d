import { type SampleBatch, STALE_MARKER, type WriteReceipt } from '@tila/contract/samples.ts';
import type { SourceReport } from '@tila/contract/sources.ts';
import type { IngestClient } from './ingest-client.ts';

/** Remembers what it is given. */
export class FakeIngestClient implements IngestClient {
  readonly batches: SampleBatch[] = [];
  readonly reports: SourceReport[] = [];
  readonly watermarks = new Map<string, number>();

  async write(batch: SampleBatch): Promise<WriteReceipt> {
    this.batches.push(batch);
    if (batch.watermarkMs !== undefined) {
      this.watermarks.set(batch.source, Math.max(batch.watermarkMs, this.watermarks.get(batch.source) ?? 0));
    }
    return { accepted: batch.values.length, duplicate: 0, tooOld: 0, invalid: 0, problems: [] };
  }

  async watermark(source: string): Promise<number | null> {
    return this.watermarks.get(source) ?? null;
  }

  report(report: SourceReport): void {
    this.reports.push(report);
  }

  /** Every row of a metric as `[time, value or 'stale']`, in the order it came. */
  rows(name: string, more: Readonly<Record<string, string>> = {}): [number, number | 'stale'][] {
    return this.batches.flatMap(({ labels, timestamps, values }) => {
      return labels.flatMap((set, index): [number, number | 'stale'][] => {
        const isWanted = set.__name__ === name && Object.entries(more).every(([key, value]) => set[key] === value);
        const value = values[index] ?? 0;
        return isWanted ? [[timestamps[index] ?? 0, value === STALE_MARKER ? 'stale' : value]] : [];
      });
    });
  }
}
