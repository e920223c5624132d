import { compareLabels } from '../../model/labels.ts';
import type { Selection } from '../../model/series-store.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError } from '../errors.ts';
import { bothMethods, type Call, pathText, type Route } from '../route.ts';
import { limitOf, type Parameters, parametersOf, timeOf } from './parameters.ts';
import { parseSelector } from './selector-parameter.ts';

export type SeriesRouteDeps = Pick<HttpDeps, 'series' | 'clock'>;

const DAY_MS = 86_400_000;

/** `/api/v1/series`, `labels`, `label/:name/values` and `metadata`: what series there are. */
export function seriesRoutes(deps: SeriesRouteDeps): readonly Route[] {
  return [
    ...bothMethods('/api/v1/series', (call) => listSeries(call, deps)),
    ...bothMethods('/api/v1/labels', (call) => listLabelNames(call, deps)),
    { method: 'get', path: '/api/v1/label/:name/values', access: 'viewer', answer: (call) => listLabelValues(call, deps) },
    { method: 'get', path: '/api/v1/metadata', access: 'viewer', answer: (call) => listMetadata(call, deps) },
  ];
}

async function listSeries({ request }: Call, deps: SeriesRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  if (parameters.all('match[]').length === 0) {
    throw new BadRequestError('no match[] parameter provided');
  }
  const found = await Promise.all(selectionsOf(parameters, deps).map((selection) => deps.series.series(selection)));
  const unique = new Map(found.flat().map((labels) => [labels.key, labels]));
  return limited([...unique.values()].sort(compareLabels), parameters);
}

async function listLabelNames({ request }: Call, deps: SeriesRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  const found = await Promise.all(selectionsOf(parameters, deps).map((selection) => deps.series.labelNames(selection)));
  return limited(distinct(found.flat()), parameters);
}

async function listLabelValues({ request }: Call, deps: SeriesRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  const name = unescapeName(pathText(request, 'name'));
  const found = await Promise.all(selectionsOf(parameters, deps).map((selection) => deps.series.labelValues(name, selection)));
  return limited(distinct(found.flat()), parameters);
}

async function listMetadata({ request }: Call, { series }: SeriesRouteDeps): Promise<object> {
  const parameters = parametersOf(request);
  const metric = parameters.get('metric');
  const limit = limitOf(parameters);
  const all = [...(await series.metadata())].filter(([name]) => metric === '' || name === metric);
  const shown = limit > 0 ? all.slice(0, limit) : all;
  return { status: 'success', data: Object.fromEntries(shown.map(([name, metadata]) => [name, [metadata]])) };
}

/** One selection a `match[]`; one that selects everything when there is none. As in Prometheus, nothing lies in a window that ends before it starts. */
function selectionsOf(parameters: Parameters, { clock }: SeriesRouteDeps): readonly Selection[] {
  const fromMs = timeOf(parameters, 'start', 0);
  // Samples may be a little ahead of our clock.
  const toMs = timeOf(parameters, 'end', clock.now() + DAY_MS);
  const selectors = parameters.all('match[]');
  const wanted = selectors.length === 0 ? [[]] : selectors.map((text) => parseSelector(text));
  return toMs < fromMs ? [] : wanted.map((matchers) => ({ matchers, fromMs, toMs }));
}

/** Names that are not plain come as `U__` with `_hex_` for each odd character (Prometheus 3, UTF-8 names in addresses). */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) {
    return name;
  }
  return name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_/g, (_all, hex: string | undefined) => {
    const codePoint = Number.parseInt(hex ?? '5f', 16);
    return codePoint <= 0x10_ff_ff ? String.fromCodePoint(codePoint) : '\ufffd';
  });
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function limited(data: readonly unknown[], parameters: Parameters): object {
  const limit = limitOf(parameters);
  return limit > 0 && data.length > limit
    ? { status: 'success', data: data.slice(0, limit), warnings: ['results truncated due to limit'] }
    : { status: 'success', data };
}
