import type { SetPassword, SignIn } from '@tila/contract/session.ts';
import { request } from '../../api/client.ts';

export function signIn(credentials: SignIn): Promise<void> {
  return request('/api/session', { method: 'POST', body: credentials });
}

/** Redeems a one-time link. */
export function signInOnce(token: string): Promise<void> {
  return request('/api/session/once', { method: 'POST', body: { token } });
}

export function setPassword(body: SetPassword): Promise<void> {
  return request('/api/session/password', { method: 'POST', body });
}
