import { escapeLabelValue } from '../targets/exposition.ts';
import type { EnvironmentHistory, StoredSeries } from './environment-history.ts';
import type { Selector } from './selector.ts';

/** The answer of `/federate`: the newest sample of every matching series with its own time, families sorted by name. */
export function renderFederation(history: EnvironmentHistory, selectors: readonly Selector[], nowMs: number): string {
  const unique = new Set(selectors.flatMap((selector) => history.select(selector)));
  const byName = Map.groupBy(unique, ({ labels }) => labels.__name__ ?? '');
  const lines: string[] = [];
  for (const name of [...byName.keys()].sort()) {
    const samples = (byName.get(name) ?? []).flatMap((series) => {
      const point = history.latest(series, nowMs);
      return point === undefined ? [] : [`${name}{${labelText(series)}} ${String(point.value)} ${point.ms}`];
    });
    if (samples.length > 0) {
      lines.push(`# TYPE ${name} untyped`, ...samples);
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function labelText({ labels }: StoredSeries): string {
  return Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
}
