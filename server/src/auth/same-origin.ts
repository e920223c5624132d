import type { RequestHeaders } from './authenticator.ts';

/**
 * Does this request come from our own page? For everything that a browser sends with its cookie and that changes something.
 * Browsers state `Sec-Fetch-Site` and, on every POST, DELETE and WebSocket, `Origin`; pages cannot forge either.
 * An origin is ours when it is the configured external one or names the host the request was sent to: the cookie is bound
 * to the host, so DNS rebinding gains nothing. A request that states neither does not come from a browser we support.
 */
export function isSameOrigin(headers: RequestHeaders, externalOrigin: string | null): boolean {
  const site = headers['sec-fetch-site'];
  const origin = headers.origin;
  if (site !== undefined && site !== 'same-origin') {
    return false;
  }
  if (typeof origin === 'string') {
    return origin === externalOrigin || hostOf(origin) === headers.host;
  }
  return site === 'same-origin';
}

/** Headers of a browser, whether or not it has a cookie yet. */
export function isFromBrowser(headers: RequestHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined || headers.cookie !== undefined;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) && /^https?:/.test(origin) ? new URL(origin).host : null;
}
