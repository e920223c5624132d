import { METRIC_NAME } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';

/** Matchers as a PromQL selector. Without any that refuses the empty text, every series with a name is meant. */
export function selectorText(matchers: readonly Matcher[]): string {
  const isOpen = matchers.every((matcher) => matcher.matches(''));
  const texts = matchers.map(({ name, operator, value }) => `${nameText(name)}${operator}${JSON.stringify(value)}`);
  return `{${[...texts, ...(isOpen ? [`${METRIC_NAME}!=""`] : [])].join(',')}}`;
}

/** Names that are not plain are quoted (Prometheus 3). */
function nameText(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
