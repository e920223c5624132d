import { LabelSet } from '@tila/contract/labels.ts';
import { z } from 'zod';
import { Duration, PositiveDuration } from '../../config/duration.ts';
import { checkHttpClient, HttpUrl, httpClientKeys } from '../../http/http-config.ts';
import { BackfillMethod, ExternalLabels, Selector } from '../history/schema.ts';

const HOUR_MS = 3_600_000;

/** An existing Prometheus server whose series are pulled through `/federate`. Its labels are kept as they are. */
export const PrometheusFederateConfig = z
  .strictObject({
    type: z.literal('prometheus_federate'),
    name: z.string().min(1).max(200),
    /** Root of the server, without `/federate`. */
    url: HttpUrl,
    match: z.array(Selector).min(1),
    /** Not longer than the scrape interval over there: a pull brings only the newest sample of each series. */
    interval: PositiveDuration.default(15_000),
    /** Of one request; the interval, but at most 10 s, when absent. */
    timeout: PositiveDuration.optional(),
    max_lag: PositiveDuration.optional(),
    /**
     * How long after a moment the other server may still store samples for it: its longest scrape. The watermark stays this
     * far behind the pull, so that rules do not run before the samples of their moment are here.
     */
    settle: Duration.default(2_000),
    /** How far back to copy when Tila has nothing of this source yet. */
    backfill: Duration.default(HOUR_MS),
    /** The longest gap that is filled after a downtime of ours; what is older stays missing, and is said. */
    backfill_limit: PositiveDuration.default(24 * HOUR_MS),
    backfill_method: BackfillMethod.default('auto'),
    /** Of `query_range`; the interval when absent. */
    backfill_step: PositiveDuration.optional(),
    external_labels: ExternalLabels,
    /** Set over the labels of every series of this source. */
    labels: LabelSet.default({}),
    ...httpClientKeys,
  })
  .superRefine(checkHttpClient);
export type PrometheusFederateConfig = z.infer<typeof PrometheusFederateConfig>;
