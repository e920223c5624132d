import { z } from 'zod';

/** How the webhooks answer: normally, or with a fault for the next `times` requests (for ever when absent). */
export const WebhookModeRequest = z.strictObject({
  mode: z.enum(['ok', '400', '401', '403', '404', '410', '413', '429', '500', '502', '503', 'hang', 'connector-error']),
  times: z.int().min(1).optional(),
  /** Value of the Retry-After header: seconds or an HTTP date. */
  retryAfter: z.string().max(64).optional(),
});

export type WebhookModeRequest = z.infer<typeof WebhookModeRequest>;

export type ModeReply =
  | { readonly kind: 'ok' | 'hang' | 'connector-error' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string | undefined };

/** The fault the webhooks are set to. */
export class WebhookMode {
  #request: WebhookModeRequest = { mode: 'ok' };
  #left = Number.POSITIVE_INFINITY;

  get current(): WebhookModeRequest {
    return this.#request;
  }

  set(request: WebhookModeRequest): void {
    this.#request = request;
    this.#left = request.times ?? Number.POSITIVE_INFINITY;
  }

  /** How to answer the next request; counts it. */
  next(): ModeReply {
    const { mode, retryAfter } = this.#request;
    if (mode === 'ok') {
      return { kind: 'ok' };
    }
    this.#left -= 1;
    if (this.#left <= 0) {
      this.#request = { mode: 'ok' };
    }
    if (mode === 'hang' || mode === 'connector-error') {
      return { kind: mode };
    }
    return { kind: 'status', status: Number(mode), retryAfter: retryAfter ?? (mode === '429' ? '1' : undefined) };
  }
}
