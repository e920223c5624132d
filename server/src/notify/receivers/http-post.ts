import type { Clock } from '../../runtime/clock.ts';
import type { SendOutcome } from '../delivery/delivery.ts';
import { parseRetryAfter } from '../delivery/retry.ts';

/** The part of `fetch` that is needed. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface PostDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
}

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What a 2xx answer means here. */
  readonly interpret: (status: number, body: string) => SendOutcome;
}

const MAX_DETAIL = 300;

/** One POST of JSON. Never rejects. Redirects are not followed: the URL is a credential and must not be sent elsewhere. */
export async function postJson(deps: PostDeps, request: PostRequest): Promise<SendOutcome> {
  const timeout = new AbortController();
  const cancel = deps.clock.after(request.timeoutMs, () => timeout.abort());
  try {
    const response = await deps.fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...request.headers },
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([timeout.signal, request.signal]),
    });
    const text = await response.text();
    return judge(response, text, { clock: deps.clock, interpret: request.interpret });
  } catch (error) {
    const detail = timeout.signal.aborted
      ? `no answer within ${request.timeoutMs} ms; it may have arrived`
      : reasonOf(error, request.url);
    return { outcome: 'retry', status: null, detail };
  } finally {
    cancel();
  }
}

function judge(response: Response, text: string, how: Pick<PostRequest, 'interpret'> & Pick<PostDeps, 'clock'>): SendOutcome {
  const { status } = response;
  if (status >= 200 && status < 300) {
    return how.interpret(status, text);
  }
  const detail = `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, MAX_DETAIL)}`}`;
  if (status === 413) {
    return { outcome: 'too large', status, detail };
  }
  const pauseMs = parseRetryAfter(response.headers.get('retry-after'), how.clock.now());
  if (status === 429 || status === 408 || status >= 500) {
    return { outcome: 'retry', status, detail, ...(pauseMs === undefined ? {} : { pauseMs }) };
  }
  return { outcome: 'rejected', status, detail };
}

/** Node hides the cause of a failed fetch one level down. The URL itself, a secret, never gets into the text. */
function reasonOf(error: unknown, url: string): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(url, '<url>').slice(0, MAX_DETAIL);
}
