import { LabelSet } from '@tila/contract/labels.ts';
import { z } from 'zod';
import { Duration, PositiveDuration } from '../../config/duration.ts';
import { checkHttpClient, HttpUrl, httpClientKeys } from '../../http/http-config.ts';

/** A vector selector in text, `up` or `{job="node"}`: what may stand in `match[]`. Checked by the server that is asked. */
export const Selector = z
  .string()
  .trim()
  .regex(/^[a-zA-Z_:{][\s\S]*$/, 'must be a selector such as up or {job="node"}')
  .refine((text) => !/[[\]]\s*$/.test(text), 'must be a selector without a range');

/** See `history-reader.ts` for what the methods mean. */
export const BackfillMethod = z.enum(['auto', 'raw', 'query_range']);
export type BackfillMethod = z.infer<typeof BackfillMethod>;

export const HistoryConfig = z
  .strictObject({
    url: HttpUrl,
    /** Selectors on that server; everything of the jobs that discovery names when absent. */
    match: z.array(Selector).min(1).optional(),
    /** How far back to copy when Tila has nothing of this source yet. */
    range: Duration.default(6 * 3_600_000),
    /** Of `query_range`; the scrape interval when absent. */
    step: PositiveDuration.optional(),
    method: BackfillMethod.default('auto'),
    timeout: PositiveDuration.default(30_000),
    ...httpClientKeys,
  })
  .superRefine(checkHttpClient);
export type HistoryConfig = z.infer<typeof HistoryConfig>;

/** External labels of the server that is asked: `auto` reads them from its `/api/v1/status/config`. */
export const ExternalLabels = z.union([z.literal('auto'), LabelSet]).default('auto');
