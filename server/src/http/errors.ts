import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import {
  ForbiddenError,
  InvalidCredentialsError,
  InvalidLoginLinkError,
  TokenNotFoundError,
  TooManyAttemptsError,
  UnauthenticatedError,
  WeakPasswordError,
} from '../auth/auth-errors.ts';
import { InvalidMatcherError } from '../model/matcher.ts';
import { EvaluationError, PromqlParseError, QueryCanceledError, QueryLimitError } from '../promql/errors.ts';
import { QueryQueueFullError, QueryWorkerError } from '../query-workers/query-runner.ts';
import type { Logger } from '../runtime/logger.ts';
import { RemoteStoreError } from '../storage/remote/http-client.ts';
import { TooManyRemoteSamplesError } from '../storage/remote/sample-readers.ts';

/** Prometheus' `errorType`s, and ours for what Prometheus has no word for. */
export type ErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'internal'
  | 'not_found'
  | 'unauthenticated'
  | 'forbidden'
  | 'too_many_requests'
  | 'too_large'
  | 'unavailable';

/** The request itself is wrong: 400. The message says which part and what would be right. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
}

/** The path is known, but not asked in this way. */
export class MethodNotAllowedError extends Error {
  override readonly name = 'MethodNotAllowedError';
}

export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The query took longer than its `timeout`. */
export class QueryTimeoutError extends Error {
  override readonly name = 'QueryTimeoutError';
}

interface Answer {
  readonly status: number;
  readonly errorType: ErrorType;
}

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** The one table. Anything not in it is a bug: 500, logged, and nothing of it told to the client. */
const ANSWERS: readonly (readonly [ErrorClass, Answer])[] = [
  [BadRequestError, { status: 400, errorType: 'bad_data' }],
  [PromqlParseError, { status: 400, errorType: 'bad_data' }],
  [InvalidMatcherError, { status: 400, errorType: 'bad_data' }],
  [WeakPasswordError, { status: 400, errorType: 'bad_data' }],
  [UnauthenticatedError, { status: 401, errorType: 'unauthenticated' }],
  [InvalidCredentialsError, { status: 401, errorType: 'unauthenticated' }],
  [InvalidLoginLinkError, { status: 401, errorType: 'unauthenticated' }],
  [ForbiddenError, { status: 403, errorType: 'forbidden' }],
  [NotFoundError, { status: 404, errorType: 'not_found' }],
  [MethodNotAllowedError, { status: 405, errorType: 'bad_data' }],
  [TokenNotFoundError, { status: 404, errorType: 'not_found' }],
  [EvaluationError, { status: 422, errorType: 'execution' }],
  [QueryLimitError, { status: 422, errorType: 'execution' }],
  [TooManyAttemptsError, { status: 429, errorType: 'too_many_requests' }],
  [TooManyRemoteSamplesError, { status: 422, errorType: 'execution' }],
  [RemoteStoreError, { status: 503, errorType: 'unavailable' }],
  [QueryCanceledError, { status: 499, errorType: 'canceled' }],
  [QueryTimeoutError, { status: 503, errorType: 'timeout' }],
  [QueryQueueFullError, { status: 503, errorType: 'unavailable' }],
  [QueryWorkerError, { status: 503, errorType: 'unavailable' }],
];

/** Turns whatever a handler threw into `{ status: 'error', errorType, error }`. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: express knows an error handler by its four parameters
  return (error, request, response, _next) => {
    if (response.closed) {
      // The client left; what its leaving made fail is no error of ours.
      return;
    }
    const requestId = response.get('x-request-id') ?? '';
    const answer = answerFor(error);
    if (answer.status === 500) {
      log.error({ err: error, requestId, method: request.method }, 'request failed');
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof TooManyAttemptsError) {
      response.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
    }
    const message = answer.status === 500 ? `internal error; the log has it as request ${requestId}` : textOf(error);
    response.status(answer.status).json({ status: 'error', errorType: answer.errorType, error: message });
  };
}

function answerFor(error: unknown): Answer {
  if (error instanceof z.ZodError) {
    return { status: 400, errorType: 'bad_data' };
  }
  return ANSWERS.find(([type]) => error instanceof type)?.[1] ?? bodyParserAnswer(error) ?? namedAnswer(error);
}

/** body-parser's errors say what status they deserve (http-errors: `expose` marks those meant for the client). */
function bodyParserAnswer(error: unknown): Answer | undefined {
  if (error instanceof Error && 'status' in error && 'expose' in error && error.expose === true) {
    return error.status === 413 ? { status: 413, errorType: 'too_large' } : { status: 400, errorType: 'bad_data' };
  }
  // Express could not decode a part of the address, such as `%ff`.
  return error instanceof URIError ? { status: 400, errorType: 'bad_data' } : undefined;
}

/** Modules this one gets only as interfaces throw errors of their own; house style has their names tell what they are. */
function namedAnswer(error: unknown): Answer {
  const name = error instanceof Error ? error.name : '';
  if (name.endsWith('NotFoundError')) {
    return { status: 404, errorType: 'not_found' };
  }
  return /^Invalid\w+Error$|SyntaxError$/.test(name) && name !== 'SyntaxError'
    ? { status: 400, errorType: 'bad_data' }
    : { status: 500, errorType: 'internal' };
}

function textOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return z.prettifyError(error);
  }
  return error instanceof Error ? error.message : String(error);
}
