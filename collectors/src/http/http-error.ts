/** A request that brought no usable answer: no connection, a timeout, a body too large, or a status other than 2xx. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** Absent when nothing answered. */
  readonly status: number | undefined;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined;
  /** The beginning of the answer's text. */
  readonly answer: string;

  constructor(
    message: string,
    details: { status?: number; retryAfterMs?: number | undefined; answer?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.answer = details.answer ?? '';
  }

  /** Whether the same request may well succeed later. */
  get mayPass(): boolean {
    return this.status === undefined || this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** Milliseconds of a `Retry-After` header: seconds or a date. Undefined when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(waitMs) ? Math.max(waitMs, 0) : undefined;
}
