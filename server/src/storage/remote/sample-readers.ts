import { z } from 'zod';
import { Labels } from '../../model/labels.ts';
import { decodeReadResponse, encodeReadRequest } from '../../model/remote-write/read-codec.ts';
import { compressBlock, uncompressBlock } from '../../model/remote-write/snappy-block.ts';
import type { Selection, SeriesSamples } from '../../model/series-store.ts';
import { type Endpoint, exchange, type Fetch } from './http-client.ts';
import { selectiveMatchers, selectorText } from './selector-text.ts';

export interface ReaderDeps {
  readonly endpoint: Endpoint;
  readonly fetch: Fetch;
  /** A larger answer is an error, not a part of one. */
  readonly maxSamples: number;
}

/** Reads raw samples. */
export type SampleReader = (selection: Selection, signal: AbortSignal) => Promise<readonly SeriesSamples[]>;

/** More samples match than may be read at once. */
export class TooManyRemoteSamplesError extends Error {
  override readonly name = 'TooManyRemoteSamplesError';

  constructor(maxSamples: number) {
    super(
      `the remote store has more than ${maxSamples} samples for this selection: narrow it, or raise storage.remote.max_samples`,
    );
  }
}

const MAX_RESPONSE_BYTES = 2 ** 31;

/** By Prometheus' remote read: exact, staleness markers included. For Prometheus, Mimir and Cortex. */
export function remoteReadReader(deps: ReaderDeps): SampleReader {
  return async ({ matchers, fromMs, toMs }, signal) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-read-version': '0.1.0',
    };
    const request = compressBlock(encodeReadRequest({ matchers: selectiveMatchers(matchers), fromMs, toMs }));
    const init = { method: 'POST', headers, body: Buffer.from(request) };
    const body = await exchange(deps.fetch, deps.endpoint, { path: '/api/v1/read', init, signal });
    const { labels, timestamps, values } = decodeReadResponse(uncompressBlock(body, MAX_RESPONSE_BYTES));
    if (timestamps.length > deps.maxSamples) {
      throw new TooManyRemoteSamplesError(deps.maxSamples);
    }
    return seriesOfRuns(labels, timestamps, values);
  };
}

/** Rows of one series follow each other and share their label object. */
function seriesOfRuns(
  labels: readonly Labels[],
  timestamps: readonly number[],
  values: readonly number[],
): readonly SeriesSamples[] {
  const found: SeriesSamples[] = [];
  for (let start = 0; start < labels.length; ) {
    const own = labels[start] ?? Labels.EMPTY;
    let end = start + 1;
    while (end < labels.length && labels[end] === own) {
      end += 1;
    }
    found.push({
      labels: own,
      timestamps: Float64Array.from(timestamps.slice(start, end)),
      values: Float64Array.from(values.slice(start, end)),
    });
    start = end;
  }
  return found;
}

const Matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])).default([]) }),
    ),
  }),
});

/**
 * By a range selector asked of the query API, which every engine has. Staleness markers do not come back: a series that ended
 * looks like one that is late.
 */
export function queryReader(deps: ReaderDeps): SampleReader {
  return async (selection, signal) => {
    const { fromMs, toMs } = selection;
    // Windows are open on the left since Prometheus 3 and in VictoriaMetrics, closed before: one more, cut off again below.
    const query = `${selectorText(selection.matchers)}[${toMs - fromMs + 1}ms]`;
    const form = new URLSearchParams({ query, time: (toMs / 1000).toFixed(3) });
    const init = { method: 'POST', body: form };
    const body = await exchange(deps.fetch, deps.endpoint, { path: '/api/v1/query', init, signal });
    const { result } = Matrix.parse(JSON.parse(new TextDecoder().decode(body))).data;
    if (result.reduce((total, { values }) => total + values.length, 0) > deps.maxSamples) {
      throw new TooManyRemoteSamplesError(deps.maxSamples);
    }
    return result.map(({ metric, values }) => seriesOf(metric, values, selection)).filter(({ values }) => values.length > 0);
  };
}

/** Engines that keep two samples of one time give both: the first counts. */
function seriesOf(
  metric: Readonly<Record<string, string>>,
  points: readonly (readonly [number, string])[],
  { fromMs, toMs }: Selection,
): SeriesSamples {
  const rows = points
    .map(([seconds, text]) => ({ at: Math.round(seconds * 1000), value: parseValue(text) }))
    .filter(({ at }, i, all) => at >= fromMs && at <= toMs && at !== all[i - 1]?.at);
  return {
    labels: Labels.from(metric),
    timestamps: Float64Array.from(rows, ({ at }) => at),
    values: Float64Array.from(rows, ({ value }) => value),
  };
}

/** `+Inf`, `-Inf` and `NaN` besides numbers. */
export function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
