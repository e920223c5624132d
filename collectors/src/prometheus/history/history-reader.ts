import type { LabelSet } from '@tila/contract/labels.ts';
import { z } from 'zod';
import type { CollectorLogger } from '../../collector.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { HttpError } from '../../http/http-error.ts';
import { type RetryDeps, retrying } from '../../http/retry.ts';
import { parseGoFloat } from '../exposition/go-number.ts';
import type { BackfillMethod } from './schema.ts';

/** Open on the left, closed on the right. Epoch milliseconds. */
export interface Window {
  readonly afterMs: number;
  readonly toMs: number;
}

/** Samples of one series in rising order of time, all inside the window that was asked for. */
export interface HistorySeries {
  readonly labels: LabelSet;
  readonly samples: readonly (readonly [timestampMs: number, value: number])[];
}

export interface HistoryReaderDeps extends RetryDeps {
  readonly http: HttpClient;
  readonly log: CollectorLogger;
  /** Root of the server's API, without `/api/v1`. */
  readonly url: string;
  readonly method: BackfillMethod;
  /** Of `query_range`. */
  readonly stepMs: number;
  readonly timeoutMs: number;
}

const MAX_BYTES = 256 * 1024 * 1024;
const SHORTEST_WINDOW_MS = 60_000;
const RETRY = { attempts: 4, firstMs: 1_000, longestMs: 30_000 };

// The points themselves are millions, so they are checked by hand where they are read.
const Points = z.custom<readonly unknown[]>((value) => Array.isArray(value), 'must be a list');
const Answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: Points.optional() })),
  }),
});

/**
 * Reads past samples from a Prometheus-compatible server, one request at a time.
 *
 * `raw` asks `/api/v1/query` for a range selector, `up[30m]`: the answer holds the stored samples at their own times, so what we
 * store is what that server stores. `query_range` evaluates the selector on a grid: values move to the grid's times, and
 * a series without samples goes on for the lookback of five minutes with points that were never measured. So `auto` prefers `raw`:
 * a window with too much in it is halved, and only a server that does not serve range selectors is asked by `query_range`.
 * Neither brings staleness markers: they are not part of the API.
 */
export class HistoryReader {
  readonly #deps: HistoryReaderDeps;
  #rawRefused = false;

  constructor(deps: HistoryReaderDeps) {
    this.#deps = deps;
  }

  /** @throws HttpError once its retries are used up. */
  async read(selector: string, window: Window, signal: AbortSignal): Promise<HistorySeries[]> {
    if (window.toMs <= window.afterMs) {
      return [];
    }
    if (this.#deps.method === 'query_range' || this.#rawRefused) {
      return this.#readGrid(selector, window, signal);
    }
    try {
      return await this.#readRaw(selector, window, signal);
    } catch (error) {
      if (!(error instanceof HttpError) || error.mayPass || error.status === 401) {
        throw error;
      }
      if (isTooMuch(error) && window.toMs - window.afterMs > SHORTEST_WINDOW_MS) {
        return this.#readHalves(selector, window, signal);
      }
      if (this.#deps.method === 'raw') {
        throw error;
      }
      const series = await this.#readGrid(selector, window, signal);
      // Only now: a server that refuses both has said nothing about range selectors.
      this.#rawRefused = true;
      this.#deps.log.warn({ err: error, answer: error.answer }, 'server refuses range selectors, history comes from query_range');
      return series;
    }
  }

  async #readHalves(selector: string, window: Window, signal: AbortSignal): Promise<HistorySeries[]> {
    const middleMs = Math.floor((window.afterMs + window.toMs) / 2);
    const early = await this.read(selector, { afterMs: window.afterMs, toMs: middleMs }, signal);
    const late = await this.read(selector, { afterMs: middleMs, toMs: window.toMs }, signal);
    return [...early, ...late];
  }

  async #readRaw(selector: string, window: Window, signal: AbortSignal): Promise<HistorySeries[]> {
    const query = `${selector}[${window.toMs - window.afterMs}ms]`;
    const answer = await this.#ask('query', { query, time: seconds(window.toMs) }, signal);
    return inside(answer, window);
  }

  async #readGrid(selector: string, window: Window, signal: AbortSignal): Promise<HistorySeries[]> {
    const { stepMs } = this.#deps;
    const startMs = Math.floor(window.afterMs / stepMs) * stepMs + stepMs;
    if (startMs > window.toMs) {
      return [];
    }
    const parameters = { query: selector, start: seconds(startMs), end: seconds(window.toMs), step: seconds(stepMs) };
    return inside(await this.#ask('query_range', parameters, signal), window);
  }

  async #ask(endpoint: string, parameters: Record<string, string>, signal: AbortSignal): Promise<z.infer<typeof Answer>> {
    const { http, url, timeoutMs } = this.#deps;
    const address = apiUrl(url, `api/v1/${endpoint}`, Object.entries(parameters));
    const request = { url: address, headers: { accept: 'application/json' }, timeoutMs, maxBytes: MAX_BYTES, signal };
    const answer = await retrying(() => http.send(request), RETRY, { ...this.#deps, signal });
    const parsed = Answer.safeParse(parseJson(answer.body));
    if (!parsed.success) {
      throw new HttpError(
        `${address.origin}${address.pathname} did not answer as Prometheus does: ${z.prettifyError(parsed.error)}`,
        {
          status: 400,
        },
      );
    }
    return parsed.data;
  }
}

/** An address below the server's root, whatever path the root itself has. */
export function apiUrl(root: string, path: string, parameters: readonly (readonly [string, string])[]): URL {
  const url = new URL(root);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  for (const [name, value] of parameters) {
    url.searchParams.append(name, value);
  }
  return url;
}

/** Undefined for what is no JSON, such as a sign-in page. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isTooMuch(error: HttpError): boolean {
  return error.status === 413 || (error.status === 422 && error.answer.includes('too many samples'));
}

function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}

// Prometheus 2 includes the left end of a range, Prometheus 3 does not.
function inside(answer: z.infer<typeof Answer>, window: Window): HistorySeries[] {
  return answer.data.result.map(({ metric, values = [] }) => {
    const samples: (readonly [number, number])[] = [];
    for (const point of values) {
      const sample = sampleOf(point);
      if (sample[0] > window.afterMs && sample[0] <= window.toMs) {
        samples.push(sample);
      }
    }
    return { labels: metric, samples };
  });
}

function sampleOf(point: unknown): readonly [timestampMs: number, value: number] {
  const [at, text] = Array.isArray(point) ? point : [];
  const value = typeof text === 'string' ? parseGoFloat(text) : undefined;
  if (typeof at !== 'number' || value === undefined) {
    throw new HttpError(`a point is [seconds, "value"], got ${JSON.stringify(point)}`, { status: 400 });
  }
  return [Math.round(at * 1000), value];
}
