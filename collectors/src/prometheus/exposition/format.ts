/** Text format 0.0.4 or OpenMetrics 1.0. They differ in the unit of timestamps, the end marker, exemplars and strictness. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** OpenMetrics first, as Prometheus asks; an exporter that knows only the text format answers with that. */
export const SCRAPE_ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';

export const TEXT_ACCEPT = 'text/plain;version=0.0.4';

/** Decided by the media type alone; anything that is not OpenMetrics is read as text 0.0.4. */
export function formatOf(contentType: string | undefined): ExpositionFormat {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  return mediaType === 'application/openmetrics-text' ? 'openmetrics' : 'text';
}
