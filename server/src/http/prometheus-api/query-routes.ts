import type { Annotations } from '../../promql/engine.ts';
import { PromqlParseError, QueryCanceledError, QueryLimitError } from '../../promql/errors.ts';
import type { HttpDeps, QueryOptions } from '../deps.ts';
import { BadRequestError, QueryTimeoutError } from '../errors.ts';
import { bothMethods, type Call, type Route } from '../route.ts';
import { parseParameter } from './language-routes.ts';
import { durationOf, invalid, limitOf, type Parameters, parametersOf, timeOf } from './parameters.ts';
import { instantData, rangeData } from './result-json.ts';

export type QueryRouteDeps = Pick<HttpDeps, 'query' | 'clock'>;

const MAX_TIMEOUT_MS = 120_000;
const MAX_POINTS = 11_000;

/** `/api/v1/query`, `query_range` and `query_exemplars`, GET and POST. A client that leaves cancels its query. */
export function queryRoutes(deps: QueryRouteDeps): readonly Route[] {
  return [
    ...bothMethods('/api/v1/query', (call) => instantQuery(call, deps)),
    ...bothMethods('/api/v1/query_range', (call) => rangeQuery(call, deps)),
    ...bothMethods('/api/v1/query_exemplars', noExemplars),
  ];
}

/** Exemplars are not stored; the question is checked all the same. */
function noExemplars({ request }: Call): object {
  const parameters = parametersOf(request);
  const startMs = timeOf(parameters, 'start', 0);
  if (timeOf(parameters, 'end', startMs) < startMs) {
    throw new BadRequestError('end timestamp must not be before start timestamp');
  }
  parseParameter(parameters);
  return { status: 'success', data: [] };
}

async function instantQuery({ request, signal }: Call, { query, clock }: QueryRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  const limit = limitOf(parameters);
  const atMs = timeOf(parameters, 'time', clock.now());
  const expr = exprOf(parameters);
  const timer = startTimer(parameters, clock);
  const result = await withTimeout(parameters, signal, (options) => query.instant(expr, atMs, options));
  return success({ ...cut(instantData(result, atMs), limit), stats: timer.stats() }, result.annotations);
}

async function rangeQuery({ request, signal }: Call, { query, clock }: QueryRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  const limit = limitOf(parameters);
  const startMs = timeOf(parameters, 'start');
  const endMs = timeOf(parameters, 'end');
  if (endMs < startMs) {
    throw invalid('end', 'end timestamp must not be before start time');
  }
  const stepMs = durationOf(parameters, 'step');
  if (stepMs <= 0) {
    throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  }
  if ((endMs - startMs) / stepMs > MAX_POINTS) {
    throw new BadRequestError(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const range = { startMs, endMs, stepMs };
  const expr = exprOf(parameters);
  const timer = startTimer(parameters, clock);
  const result = await withTimeout(parameters, signal, (options) => query.range(expr, range, options));
  if (result.kind === 'matrix' || result.kind === 'string') {
    const kind = result.kind === 'matrix' ? 'range vector' : 'string';
    throw invalid('query', `invalid expression type "${kind}" for range query, must be Scalar or instant Vector`);
  }
  return success({ ...cut(rangeData(result, range), limit), stats: timer.stats() }, result.annotations);
}

function exprOf(parameters: Parameters): string {
  const expr = parameters.get('query');
  if (expr === '') {
    throw invalid('query', 'unknown position: parse error: no expression found in input');
  }
  return expr;
}

/** Runs a query that ends with the client or its `timeout`, whichever comes first. */
async function withTimeout<T>(parameters: Parameters, gone: AbortSignal, run: (options: QueryOptions) => Promise<T>): Promise<T> {
  const wantedMs = parameters.get('timeout') === '' ? MAX_TIMEOUT_MS : durationOf(parameters, 'timeout');
  const lookback = lookbackOf(parameters);
  const timeout = AbortSignal.timeout(Math.min(Math.max(wantedMs, 0), MAX_TIMEOUT_MS));
  try {
    return await run({ signal: AbortSignal.any([gone, timeout]), ...lookback });
  } catch (cause) {
    const isOverTime = cause instanceof QueryLimitError && cause.limit === 'time';
    if (isOverTime || (cause instanceof QueryCanceledError && timeout.aborted && !gone.aborted)) {
      throw new QueryTimeoutError('query timed out in expression evaluation', { cause });
    }
    throw cause instanceof PromqlParseError ? invalid('query', cause.message) : cause;
  }
}

function lookbackOf(parameters: Parameters): { readonly lookbackMs?: number } {
  if (parameters.get('lookback_delta') === '') {
    return {};
  }
  try {
    return { lookbackMs: durationOf(parameters, 'lookback_delta') };
  } catch {
    const text = parameters.get('lookback_delta');
    throw new BadRequestError(`error parsing lookback delta duration: cannot parse "${text}" to a valid duration`);
  }
}

/** What `stats` asks for. Samples are not counted here, so only times are told. */
function startTimer(parameters: Parameters, clock: QueryRouteDeps['clock']): { stats(): object | undefined } {
  const startedAt = clock.now();
  return {
    stats: () => {
      const seconds = (clock.now() - startedAt) / 1000;
      return parameters.get('stats') === '' ? undefined : { timings: { evalTotalTime: seconds, execTotalTime: seconds } };
    },
  };
}

interface Result {
  readonly data: { readonly resultType: string; readonly result: readonly unknown[] };
  readonly isCut: boolean;
  readonly stats?: object | undefined;
}

function cut(data: Result['data'], limit: number): Result {
  const isCut = limit > 0 && data.result.length > limit && (data.resultType === 'vector' || data.resultType === 'matrix');
  return { data: isCut ? { ...data, result: data.result.slice(0, limit) } : data, isCut };
}

function success({ data, isCut, stats }: Result, annotations: Annotations): object {
  const warnings = [...annotations.warnings, ...(isCut ? ['results truncated due to limit'] : [])];
  return {
    status: 'success',
    data: stats === undefined ? data : { ...data, stats },
    ...(warnings.length > 0 && { warnings }),
    ...(annotations.infos.length > 0 && { infos: annotations.infos }),
  };
}
