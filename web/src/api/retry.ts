import { ApiError } from './client.ts';

const ATTEMPTS = 3;
const BASE_MS = 500;
const MAX_MS = 10_000;

/** Is trying again worth it: yes for no answer, 429 and 5xx, up to three times; a mistake of ours stays one. */
export function shouldRetry(failures: number, error: Error): boolean {
  const final = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
  return failures < ATTEMPTS && !final;
}

/** Doubling pause with full jitter; `random` is in 0..1. */
export function retryDelay(failures: number, random: number): number {
  return Math.round(Math.min(MAX_MS, BASE_MS * 2 ** failures) * (0.5 + random / 2));
}
