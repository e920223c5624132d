/** How to reach one endpoint of a remote store. */
export interface Endpoint {
  readonly url: string;
  /** For every request; credentials among them. Asked each time, so that a token can change. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** The remote store did not answer, or not as it should. */
export class RemoteStoreError extends Error {
  override readonly name = 'RemoteStoreError';
  /** 0 when there was no answer. */
  readonly status: number;
  /** What the answer's Retry-After asks for, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    {
      status,
      retryAfterMs,
      cause,
    }: { readonly status: number; readonly retryAfterMs?: number | undefined; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may work later: no answer, 5xx, or too many requests. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const SHOWN_LENGTH = 300;

/**
 * Sends one request and waits for its whole answer, no longer than the endpoint's timeout.
 * @throws RemoteStoreError without an answer and for any status but 2xx; the signal's reason when that aborts
 */
export async function exchange(
  fetch: Fetch,
  endpoint: Endpoint,
  request: { readonly path: string; readonly init: RequestInit; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const url = endpoint.url.replace(/\/+$/, '') + request.path;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(endpoint.timeoutMs)]);
  try {
    const headers = { ...endpoint.headers(), ...Object.fromEntries(new Headers(request.init.headers)) };
    const response = await fetch(url, { ...request.init, headers, signal, redirect: 'error' });
    const body = await response.bytes();
    if (!response.ok) {
      throw refusal(url, response, body);
    }
    return body;
  } catch (cause) {
    request.signal.throwIfAborted();
    throw cause instanceof RemoteStoreError
      ? cause
      : new RemoteStoreError(`${originOf(url)} does not answer: ${reasonOf(cause)}`, { status: 0, cause });
  }
}

function refusal(url: string, response: Response, body: Uint8Array): RemoteStoreError {
  const text = new TextDecoder().decode(body.subarray(0, SHOWN_LENGTH)).trim().replace(/\s+/g, ' ');
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
  return new RemoteStoreError(`${originOf(url)} answered ${response.status}: ${text}`, { status: response.status, retryAfterMs });
}

/** Only the form in seconds; a date would need their clock. */
function parseRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}

/** Without credentials and query. */
function originOf(url: string): string {
  return new URL(url).origin;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message;
}
