import { z } from 'zod';
import { Labels } from '../../model/labels.ts';
import type { MetricMetadata, Selection } from '../../model/series-store.ts';
import { type Endpoint, exchange, type Fetch } from './http-client.ts';
import { selectorText } from './selector-text.ts';

const Names = z.object({ data: z.array(z.string()).nullish() });
const Series = z.object({ data: z.array(z.record(z.string(), z.string())).nullish() });
const Type = z.enum(['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset', 'unknown']).catch('unknown');
const Metadata = z.object({
  data: z
    .record(z.string(), z.array(z.object({ type: Type, help: z.string().default(''), unit: z.string().default('') })))
    .nullish(),
});

/** The parts of Prometheus' HTTP API that tell what series there are. */
export class LabelApi {
  readonly #fetch: Fetch;
  readonly #endpoint: Endpoint;

  constructor(deps: { readonly fetch: Fetch; readonly endpoint: Endpoint }) {
    this.#fetch = deps.fetch;
    this.#endpoint = deps.endpoint;
  }

  async series(selection: Selection, signal: AbortSignal): Promise<readonly Labels[]> {
    const { data } = Series.parse(await this.#ask('/api/v1/series', selection, signal));
    return (data ?? []).map((labels) => Labels.from(labels));
  }

  async labelNames(selection: Selection, signal: AbortSignal): Promise<readonly string[]> {
    const { data } = Names.parse(await this.#ask('/api/v1/labels', selection, signal));
    return [...(data ?? [])].sort();
  }

  async labelValues(name: string, selection: Selection, signal: AbortSignal): Promise<readonly string[]> {
    const path = `/api/v1/label/${encodeURIComponent(name)}/values`;
    const { data } = Names.parse(await this.#ask(path, selection, signal));
    return (data ?? []).filter((value) => value !== '').sort();
  }

  async metadata(signal: AbortSignal): Promise<ReadonlyMap<string, MetricMetadata>> {
    const { data } = Metadata.parse(await this.#json('/api/v1/metadata', signal));
    const entries = Object.entries(data ?? {}).flatMap(([name, [first]]) =>
      first === undefined ? [] : [[name, first] as const],
    );
    return new Map(entries);
  }

  #ask(path: string, { matchers, fromMs, toMs }: Selection, signal: AbortSignal): Promise<unknown> {
    const parameters = new URLSearchParams({
      'match[]': selectorText(matchers),
      start: (fromMs / 1000).toFixed(3),
      end: (toMs / 1000).toFixed(3),
    });
    return this.#json(`${path}?${parameters}`, signal);
  }

  async #json(path: string, signal: AbortSignal): Promise<unknown> {
    const body = await exchange(this.#fetch, this.#endpoint, { path, init: { method: 'GET' }, signal });
    return JSON.parse(new TextDecoder().decode(body));
  }
}
