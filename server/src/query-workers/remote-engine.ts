import { z } from 'zod';
import { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import type {
  Annotations,
  EvaluationOptions,
  EvaluationRange,
  PreparedQuery,
  PromqlEngine,
  QueryResult,
} from '../promql/engine.ts';
import { EvaluationError, QueryCanceledError } from '../promql/errors.ts';
import { type Endpoint, exchange, type Fetch, RemoteStoreError } from '../storage/remote/http-client.ts';
import { parseValue } from '../storage/remote/sample-readers.ts';

/** What rules, panels and ad-hoc queries need of an engine. */
export type QueryEngine = Pick<PromqlEngine, 'prepare' | 'instant' | 'evaluate'>;

export interface RemoteEngineDeps {
  /** Below it are `/api/v1/query` and `query_range`. */
  readonly endpoint: Endpoint;
  readonly fetch: Fetch;
  /** Parses and checks; what is sent is the text. */
  readonly local: Pick<PromqlEngine, 'prepare'>;
}

const Point = z.tuple([z.number(), z.string()]);
const Metric = z.record(z.string(), z.string());
const Data = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: Point }),
  z.object({ resultType: z.literal('string'), result: Point }),
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: Metric, value: Point })) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: Metric, values: z.array(Point) })) }),
]);
type Data = z.infer<typeof Data>;
const Texts = z.array(z.string()).default([]);
const Answer = z.object({ data: Data, warnings: Texts, infos: Texts });

/** Has expressions evaluated by the remote store's own engine: cheaper than to fetch the samples, with that engine's semantics. */
export class RemoteEngine implements QueryEngine {
  readonly #deps: RemoteEngineDeps;

  constructor(deps: RemoteEngineDeps) {
    this.#deps = deps;
  }

  /** @throws PromqlParseError */
  prepare(text: string): PreparedQuery {
    return this.#deps.local.prepare(text);
  }

  /** @throws EvaluationError for what the engine refuses, RemoteStoreError when it does not answer, QueryCanceledError */
  async instant(query: PreparedQuery | string, atMs: number, options: EvaluationOptions = {}): Promise<QueryResult> {
    const { text } = this.#prepared(query);
    const { data, annotations } = await this.#ask('/api/v1/query', { query: text, time: seconds(atMs) }, options);
    return toInstant(data, annotations);
  }

  /** The same over a range. */
  async evaluate(query: PreparedQuery | string, range: EvaluationRange, options: EvaluationOptions = {}): Promise<QueryResult> {
    const { text, type } = this.#prepared(query);
    if (range.startMs === range.endMs) {
      return this.instant(query, range.startMs, options);
    }
    const parameters = { query: text, start: seconds(range.startMs), end: seconds(range.endMs), step: seconds(range.stepMs) };
    const { data, annotations } = await this.#ask('/api/v1/query_range', parameters, options);
    return toRange(data, { range, isScalar: type === 'scalar', annotations });
  }

  #prepared(query: PreparedQuery | string): PreparedQuery {
    return typeof query === 'string' ? this.prepare(query) : query;
  }

  async #ask(
    path: string,
    parameters: Readonly<Record<string, string>>,
    { signal = new AbortController().signal, lookbackMs }: EvaluationOptions,
  ): Promise<{ readonly data: Data; readonly annotations: Annotations }> {
    // VictoriaMetrics moves start and end to multiples of the step unless told not to cache.
    const form = new URLSearchParams({ ...parameters, nocache: '1' });
    if (lookbackMs !== undefined) {
      form.set('lookback_delta', seconds(lookbackMs));
    }
    try {
      const init = { method: 'POST', body: form };
      const body = await exchange(this.#deps.fetch, this.#deps.endpoint, { path, init, signal });
      const { data, warnings, infos } = Answer.parse(JSON.parse(new TextDecoder().decode(body)));
      return { data, annotations: { warnings, infos } };
    } catch (cause) {
      if (signal.aborted) {
        throw new QueryCanceledError('query was canceled', { cause });
      }
      throw cause instanceof RemoteStoreError && !cause.isTransient ? new EvaluationError(cause.message) : cause;
    }
  }
}

function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}

function toInstant(data: Data, annotations: Annotations): QueryResult {
  switch (data.resultType) {
    case 'scalar':
      return { kind: 'scalar', values: Float64Array.of(parseValue(data.result[1])), annotations };
    case 'string':
      return { kind: 'string', value: data.result[1], annotations };
    case 'vector': {
      const series = data.result.map(({ metric, value }) => {
        return { labels: Labels.from(metric), values: Float64Array.of(parseValue(value[1])) };
      });
      return { kind: 'vector', series, annotations };
    }
    case 'matrix': {
      const series = data.result.map(({ metric, values }) => ({
        labels: Labels.from(metric),
        timestamps: Float64Array.from(values, ([at]) => Math.round(at * 1000)),
        values: Float64Array.from(values, ([, text]) => parseValue(text)),
      }));
      return { kind: 'matrix', series, annotations };
    }
  }
}

function toRange(
  data: Data,
  {
    range,
    isScalar,
    annotations,
  }: { readonly range: EvaluationRange; readonly isScalar: boolean; readonly annotations: Annotations },
): QueryResult {
  if (data.resultType !== 'matrix') {
    throw new EvaluationError(`the remote engine answered a range query with a ${data.resultType}`);
  }
  const series = data.result.map(({ metric, values }) => ({ labels: Labels.from(metric), values: onGrid(values, range) }));
  const [first] = series;
  return isScalar && first !== undefined
    ? { kind: 'scalar', values: first.values, annotations }
    : { kind: 'vector', series, annotations };
}

function onGrid(points: readonly (readonly [number, string])[], { startMs, endMs, stepMs }: EvaluationRange): Float64Array {
  const values = new Float64Array(Math.floor((endMs - startMs) / stepMs) + 1).fill(ABSENT);
  for (const [at, text] of points) {
    const step = Math.round((at * 1000 - startMs) / stepMs);
    if (step >= 0 && step < values.length) {
      values[step] = parseValue(text);
    }
  }
  return values;
}
