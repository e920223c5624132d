import { compareLabels } from '../../model/labels.ts';
import type { Selection } from '../../model/series-store.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError } from '../errors.ts';
import { type Call, pathText, type Route } from '../route.ts';
import { limitOf, type Parameters, parametersOf, timeOf } from './parameters.ts';

export type SeriesRouteDeps = Pick<HttpDeps, 'series' | 'query' | 'clock'>;

const DAY_MS = 86_400_000;

/** `/api/v1/series`, `labels`, `label/:name/values` and `metadata`: what series there are. */
export function seriesRoutes(deps: SeriesRouteDeps): readonly Route[] {
  const labels = (call: Call): Promise<object> => listLabelNames(call, deps);
  const series = (call: Call): Promise<object> => listSeries(call, deps);
  const values = (call: Call): Promise<object> => listLabelValues(call, deps);
  return [
    { method: 'get', path: '/api/v1/series', access: 'viewer', answer: series },
    { method: 'post', path: '/api/v1/series', access: 'viewer', body: 'form', answer: series },
    { method: 'get', path: '/api/v1/labels', access: 'viewer', answer: labels },
    { method: 'post', path: '/api/v1/labels', access: 'viewer', body: 'form', answer: labels },
    { method: 'get', path: '/api/v1/label/:name/values', access: 'viewer', answer: values },
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

/** One selection a `match[]`; one that selects everything when there is none. */
function selectionsOf(parameters: Parameters, { query, clock }: SeriesRouteDeps): readonly Selection[] {
  const fromMs = timeOf(parameters, 'start', 0);
  // Samples may be a little ahead of our clock.
  const toMs = timeOf(parameters, 'end', clock.now() + DAY_MS);
  if (toMs < fromMs) {
    throw new BadRequestError('invalid parameter "end": end timestamp must not be before start time');
  }
  const selectors = parameters.all('match[]');
  return selectors.length === 0
    ? [{ matchers: [], fromMs, toMs }]
    : selectors.map((text) => ({ matchers: selective(query.parseSelector(text)), fromMs, toMs }));
}

function selective(matchers: Selection['matchers']): Selection['matchers'] {
  if (matchers.every((matcher) => matcher.matches(''))) {
    throw new BadRequestError('match[] must contain at least one non-empty matcher');
  }
  return matchers;
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
