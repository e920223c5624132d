import { EvaluationError, PromqlParseError, QueryCanceledError, QueryLimitError } from '../../promql/errors.ts';
import { withFixedDurations } from '../../promql/fixed-durations.ts';
import type { AnswerOptions } from '../../query-workers/query-runner.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError, QueryTimeoutError } from '../errors.ts';
import { bothMethods, type Call, type Route } from '../route.ts';
import { parseParameter } from './language-routes.ts';
import { durationOf, invalid, limitOf, type Parameters, parametersOf, timeOf } from './parameters.ts';

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

async function instantQuery({ request, signal }: Call, { query, clock }: QueryRouteDeps): Promise<Uint8Array> {
  const parameters = parametersOf(request);
  const atMs = timeOf(parameters, 'time', clock.now());
  const expr = exprOf(parameters);
  return withTimeout(parameters, signal, (options) => query.instantJson(expr, atMs, options));
}

async function rangeQuery({ request, signal }: Call, { query }: QueryRouteDeps): Promise<Uint8Array> {
  const parameters = parametersOf(request);
  const startMs = timeOf(parameters, 'start');
  const endMs = timeOf(parameters, 'end');
  if (endMs < startMs) {
    throw invalid('end', 'end timestamp must not be before start time');
  }
  const stepMs = durationOf(parameters, 'step');
  if (stepMs <= 0) {
    throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  }
  const resolutionMs = resolutionOf(parameters, stepMs);
  if (Math.floor((endMs - startMs) / resolutionMs) > MAX_POINTS) {
    throw new BadRequestError(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const range = { startMs, endMs, stepMs: resolutionMs };
  const text = exprOf(parameters);
  const times = { stepMs, rangeMs: endMs - startMs };
  const expr = resolutionMs === stepMs ? text : withFixedDurations({ text, expr: parseParameter(parameters) }, times);
  const pixels = pixelsOf(parameters);
  return withTimeout(parameters, signal, (options) => query.rangeJson(expr, range, { ...options, ...pixels }));
}

function exprOf(parameters: Parameters): string {
  const expr = parameters.get('query');
  if (expr === '') {
    throw invalid('query', 'unknown position: parse error: no expression found in input');
  }
  return expr;
}

/** Runs a query that ends with the client or its `timeout`, whichever comes first. */
async function withTimeout<T>(
  parameters: Parameters,
  gone: AbortSignal,
  run: (options: AnswerOptions) => Promise<T>,
): Promise<T> {
  const wantedMs = parameters.get('timeout') === '' ? MAX_TIMEOUT_MS : durationOf(parameters, 'timeout');
  const shape = { limit: limitOf(parameters), stats: parameters.get('stats') !== '', ...lookbackOf(parameters) };
  const timeout = AbortSignal.timeout(Math.min(Math.max(wantedMs, 0), MAX_TIMEOUT_MS));
  try {
    return await run({ signal: AbortSignal.any([gone, timeout]), ...shape });
  } catch (cause) {
    const isOverTime = cause instanceof QueryLimitError && cause.limit === 'time';
    if (isOverTime || (cause instanceof QueryCanceledError && timeout.aborted && !gone.aborted)) {
      throw new QueryTimeoutError('query timed out in expression evaluation', { cause });
    }
    const isWrongType = cause instanceof EvaluationError && cause.message.startsWith('invalid expression type');
    throw cause instanceof PromqlParseError || isWrongType ? invalid('query', cause.message) : cause;
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

/** Ours, not Prometheus': how often to evaluate when that is more often than every step; `step()` means the step all the same. */
function resolutionOf(parameters: Parameters, stepMs: number): number {
  if (parameters.get('resolution') === '') {
    return stepMs;
  }
  const resolutionMs = durationOf(parameters, 'resolution');
  if (resolutionMs <= 0 || resolutionMs > stepMs) {
    throw invalid('resolution', 'the resolution must be above zero and no longer than the step');
  }
  return resolutionMs;
}

/** Ours, not Prometheus': the width a range is drawn in, to be given no more points than that needs. */
function pixelsOf(parameters: Parameters): { readonly pixels?: number } {
  const text = parameters.get('pixels');
  if (!/^([1-9]\d{0,4})?$/.test(text)) {
    throw invalid('pixels', `pixels must be a whole number from 1 to 99999, got "${text}"`);
  }
  return text === '' ? {} : { pixels: Number(text) };
}
