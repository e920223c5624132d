import { setTimeout as pause } from 'node:timers/promises';

/** Asks again until the answer is there. For what other processes do in their own time; inside one process use its events. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) {
        return answer;
      }
    } catch (error) {
      lastError = error;
    }
    await pause(25);
  }
  throw new Error(`gave up waiting for: ${what}`, { cause: lastError });
}
