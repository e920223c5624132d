const TIMEOUT_MS = 15_000;

/** An answer that is not a success, or none at all (`status` 0). The message is the server's own. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Asks our own server and returns the parsed answer; undefined when it has no body. Gives up after 15 s.
 * Does not retry: queries do (retry.ts), commands never.
 * @throws {ApiError} with the server's message.
 */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const text = await send(path, options);
  // The server is built from the same contract; checking again would ship zod (24 kB gzip) to every browser.
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

async function send(path: string, { method = 'GET', body, signal }: RequestOptions): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers:
      body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new ApiError(0, noAnswer(timeout, path), { cause });
  });
  const text = await response.text();
  if (!response.ok) {
    throw new ApiError(response.status, messageOf(text) ?? `${method} ${path}: ${response.status} ${response.statusText}`);
  }
  return text;
}

function noAnswer(timeout: AbortSignal, path: string): string {
  return timeout.aborted ? `no answer from ${path} within ${TIMEOUT_MS / 1000} s` : 'the server cannot be reached';
}

function messageOf(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string' ? body.error : null;
  } catch {
    return null;
  }
}
