import { z } from 'zod';
import { type Terminal, textOption, UsageError } from './command.ts';

/** Options of commands that ask a running console. */
export const API_OPTIONS = { url: { type: 'string' }, token: { type: 'string' } } as const;

const DEFAULT_URL = 'http://127.0.0.1:8080';
const TIMEOUT_MS = 150_000;

/** Where the console is and the token for it: `--url` and `--token`, or TILA_URL and TILA_TOKEN. */
export interface ApiTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function apiTarget(values: Readonly<Record<string, unknown>>, terminal: Terminal): ApiTarget {
  const url = textOption(values, 'url') ?? terminal.env.TILA_URL ?? DEFAULT_URL;
  const token = textOption(values, 'token') ?? terminal.env.TILA_TOKEN;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UsageError(`--url is an address like ${DEFAULT_URL}, not "${url}"`);
  }
  return { url: url.replace(/\/+$/, ''), headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } };
}

const Answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z.unknown().optional(),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
});

export type ApiAnswer = z.infer<typeof Answer>;

/** Asks Prometheus' API of a console. @throws Error that says what is wrong and how to mend it. */
export async function askApi(target: ApiTarget, path: string, query: Readonly<Record<string, string>>): Promise<ApiAnswer> {
  const response = await fetch(`${target.url}${path}`, {
    method: 'POST',
    headers: target.headers,
    body: new URLSearchParams(query),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`no console answers at ${target.url}; name it with --url`, { cause });
  });
  if (response.status === 401 || response.status === 403) {
    throw new Error(`${target.url} refuses the token; make one with "tila token create" and give it with --token or TILA_TOKEN`);
  }
  const answer = Answer.safeParse(await response.json().catch(() => null));
  if (!answer.success) {
    throw new Error(`${target.url} answers ${response.status}, which is not the answer of a console`);
  }
  if (answer.data.status !== 'success') {
    throw new Error(answer.data.error ?? `the query failed with status ${response.status}`);
  }
  return answer.data;
}

/** Epoch seconds of `now`, `-1h` (before now), Unix seconds or RFC 3339. */
export function parseTime(text: string, option: string, now: number): number {
  const ago = /^-(\d+)([smhdwy])$/.exec(text);
  if (text === 'now') {
    return now / 1000;
  }
  if (ago !== null) {
    return now / 1000 - Number(ago[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }[ago[2] ?? 's'] ?? 1);
  }
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (Number.isNaN(seconds)) {
    throw new UsageError(`--${option} is now, -1h, Unix seconds or a time like 2026-01-31T12:00:00Z, not "${text}"`);
  }
  return seconds;
}
