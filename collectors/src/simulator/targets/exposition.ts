import type { Family, SeriesSpec } from './series.ts';
import type { Target } from './target.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** One target's page at a moment, in Prometheus' text format 0.0.4 or OpenMetrics 1.0. */
export function renderExposition(target: Target, ms: number, format: ExpositionFormat): string {
  const lines: string[] = [];
  let family: Family | undefined;
  for (const [index, spec] of target.plan.series.entries()) {
    const value = target.valueAt(index, ms);
    if (Number.isNaN(value)) {
      continue;
    }
    if (spec.family.name !== family?.name) {
      family = spec.family;
      lines.push(...familyHeader(family, format));
    }
    lines.push(`${spec.name}${renderLabels(spec)} ${String(value)}`);
  }
  if (format === 'openmetrics') {
    lines.push('# EOF');
  }
  return `${lines.join('\n')}\n`;
}

/** Which format the Accept header asks for first; 0.0.4 when it asks for neither. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const wanted = (accept ?? '')
    .split(',')
    .map((part) => ({ type: part.split(';')[0]?.trim() ?? '', quality: Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? '1') }))
    .filter(({ type }) => type === 'application/openmetrics-text' || type === 'text/plain')
    .toSorted((a, b) => b.quality - a.quality);
  return wanted[0]?.type === 'application/openmetrics-text' ? 'openmetrics' : 'text';
}

/** Text-format escaping of a label value, which is also how Prometheus prints it. */
export function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function familyHeader(family: Family, format: ExpositionFormat): string[] {
  if (format === 'text') {
    return [`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`];
  }
  // OpenMetrics names a counter without its _total; a counter that lacks the suffix can only be unknown there.
  const isPlainCounter = family.type === 'counter' && family.name.endsWith('_total');
  const name = isPlainCounter ? family.name.slice(0, -'_total'.length) : family.name;
  const type = family.type === 'counter' && !isPlainCounter ? 'unknown' : family.type;
  return [`# TYPE ${name} ${type}`, `# HELP ${name} ${family.help}`];
}

function renderLabels({ labels }: SeriesSpec): string {
  const body = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabelValue(value)}"`);
  return body.length === 0 ? '' : `{${body.join(',')}}`;
}
