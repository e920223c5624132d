import type { Config } from '../config/load-config.ts';
import type { IngestLimits } from '../ingest/ingest.ts';
import { DEFAULT_LABEL_LIMITS } from '../ingest/label-check.ts';

/** The limits of tila.yaml for what comes in, the same for a running console and an import into its folder. */
export function ingestLimits({ limits }: Config['file']): IngestLimits {
  return {
    maxSeriesPerSource: limits.max_series_per_source,
    labels: { ...DEFAULT_LABEL_LIMITS, maxLabels: limits.max_labels_per_series },
  };
}
