import type { EnvironmentHistory, Point, StoredSeries } from './environment-history.ts';
import { parseDurationMs, parseSelector, type Selector, SelectorError } from './selector.ts';

export type Parameters = Readonly<Record<string, string | undefined>>;

/** A query that is refused, in the terms of Prometheus' error answers. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly status: number;
  readonly errorType: string;

  constructor(status: number, errorType: string, message: string) {
    super(message);
    this.status = status;
    this.errorType = errorType;
  }
}

/** The answer, piece by piece (one piece a series), so that a large one neither fills memory nor holds up the process. */
export type JsonPieces = Generator<string>;

const MAX_POINTS = 11_000;

/**
 * `/api/v1/query`: an instant or a range selector at `time` (now when absent).
 * @throws QueryError before the first piece when the parameters are wrong.
 */
export function instantQuery(history: EnvironmentHistory, parameters: Parameters, nowMs: number): JsonPieces {
  const selector = selectorOf(parameters.query);
  const atMs = parameters.time === undefined ? nowMs : timeOf('time', parameters.time);
  const { rangeMs } = selector;
  if (rangeMs === null) {
    return pieces('vector', history.select(selector), (series) => {
      const point = history.latest(series, Math.min(atMs, nowMs));
      return point === undefined ? undefined : `"value":[${atMs / 1000},"${formatValue(point.value)}"]`;
    });
  }
  return pieces('matrix', history.select(selector), (series) =>
    valuesText(history.samples(series, atMs - rangeMs, Math.min(atMs, nowMs))),
  );
}

/**
 * `/api/v1/query_range` for an instant selector.
 * @throws QueryError before the first piece when the parameters are wrong.
 */
export function rangeQuery(history: EnvironmentHistory, parameters: Parameters, nowMs: number): JsonPieces {
  const fromMs = timeOf('start', parameters.start);
  const toMs = timeOf('end', parameters.end);
  const stepMs = stepOf(parameters.step);
  if (toMs < fromMs) {
    throw new QueryError(400, 'bad_data', 'invalid parameter "end": end timestamp must not be before start time');
  }
  if ((toMs - fromMs) / stepMs > MAX_POINTS) {
    const advice = 'Try decreasing the query resolution (?step=XX)';
    throw new QueryError(400, 'bad_data', `exceeded maximum resolution of 11,000 points per timeseries. ${advice}`);
  }
  const selector = selectorOf(parameters.query);
  if (selector.rangeMs !== null) {
    const message =
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector';
    throw new QueryError(400, 'bad_data', message);
  }
  return pieces('matrix', history.select(selector), (series) => {
    const points: Point[] = [];
    for (let ms = fromMs; ms <= toMs && ms <= nowMs; ms += stepMs) {
      const point = history.latest(series, ms);
      if (point !== undefined) {
        points.push({ ms, value: point.value });
      }
    }
    return valuesText(points);
  });
}

/** Numbers as Prometheus prints them in JSON. */
function formatValue(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
}

function* pieces(
  resultType: 'vector' | 'matrix',
  found: readonly StoredSeries[],
  render: (series: StoredSeries) => string | undefined,
): JsonPieces {
  yield `{"status":"success","data":{"resultType":"${resultType}","result":[`;
  let separator = '';
  let previous = found[0];
  for (const series of found) {
    if (series.target !== previous?.target) {
      previous?.target.forget();
      previous = series;
    }
    const text = render(series);
    if (text !== undefined) {
      yield `${separator}{"metric":${JSON.stringify(series.labels)},${text}}`;
      separator = ',';
    }
  }
  previous?.target.forget();
  yield ']}}';
}

function valuesText(points: readonly Point[]): string | undefined {
  if (points.length === 0) {
    return undefined;
  }
  return `"values":[${points.map(({ ms, value }) => `[${ms / 1000},"${formatValue(value)}"]`).join(',')}]`;
}

function selectorOf(query: string | undefined): Selector {
  try {
    return parseSelector(query ?? '');
  } catch (cause) {
    if (cause instanceof SelectorError) {
      throw new QueryError(400, 'bad_data', cause.message);
    }
    throw cause;
  }
}

function timeOf(name: string, text: string | undefined): number {
  const ms = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text ?? '') ? Math.round(Number(text) * 1000) : Date.parse(text ?? '');
  if (!Number.isFinite(ms)) {
    throw new QueryError(
      400,
      'bad_data',
      `invalid parameter "${name}": cannot parse ${JSON.stringify(text ?? '')} to a valid timestamp`,
    );
  }
  return ms;
}

function stepOf(text: string | undefined): number {
  const ms = /^\d+(\.\d+)?$/.test(text ?? '') ? Number(text) * 1000 : parseDurationMs(text ?? '');
  if (!(ms > 0)) {
    const message = 'zero or negative query resolution step widths are not accepted. Try a positive integer';
    throw new QueryError(400, 'bad_data', `invalid parameter "step": ${message}`);
  }
  return ms;
}
