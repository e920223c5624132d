import { decodeSampleBatch, WireSampleBatch } from '@tila/contract/samples.ts';
import { SourceReport } from '@tila/contract/sources.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError } from '../errors.ts';
import { queryText, type Route } from '../route.ts';

export type IngestRouteDeps = Pick<HttpDeps, 'ingest'>;

/** The door for collectors that run apart. Answers after the batch is durable, so a collector may forget it then. */
export function ingestRoutes({ ingest }: IngestRouteDeps): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/ingest/samples',
      access: 'ingest',
      body: 'batch',
      answer: ({ request, signal }) => {
        const batch = WireSampleBatch.parse(request.body);
        const rows = batch.labels.length;
        if (batch.timestamps.length !== rows || batch.values.length !== rows) {
          const lengths = `${rows} labels, ${batch.timestamps.length} timestamps, ${batch.values.length} values`;
          throw new BadRequestError(`columns of a batch must be equally long; got ${lengths}`);
        }
        return ingest.write(decodeSampleBatch(batch), signal);
      },
    },
    {
      method: 'get',
      path: '/api/v1/ingest/watermark',
      access: 'ingest',
      answer: async ({ request }) => {
        const source = queryText(request, 'source');
        if (source === undefined) {
          throw new BadRequestError('query parameter "source" is missing');
        }
        return { watermarkMs: await ingest.watermark(source) };
      },
    },
    {
      method: 'post',
      path: '/api/v1/ingest/sources',
      access: 'ingest',
      answer: ({ request }) => {
        ingest.report(SourceReport.parse(request.body));
      },
    },
  ];
}
