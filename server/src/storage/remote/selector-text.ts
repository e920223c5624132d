import { METRIC_NAME } from '../../model/labels.ts';
import { Matcher } from '../../model/matcher.ts';

/** Engines refuse matchers that all match the empty text; every series with a name is what they mean. */
export function selectiveMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  const isOpen = matchers.every((matcher) => matcher.matches(''));
  return isOpen ? [...matchers, new Matcher(METRIC_NAME, '!=', '')] : matchers;
}

/** Matchers as a PromQL selector. */
export function selectorText(matchers: readonly Matcher[]): string {
  const texts = selectiveMatchers(matchers).map(
    ({ name, operator, value }) => `${nameText(name)}${operator}${JSON.stringify(value)}`,
  );
  return `{${texts.join(',')}}`;
}

/** Names that are not plain are quoted (Prometheus 3). */
function nameText(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
