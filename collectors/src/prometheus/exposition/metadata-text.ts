import { type MetricMetadata, MetricType } from '@tila/contract/samples.ts';
import { LineProblem } from './exposition-error.ts';
import type { ExpositionFormat } from './format.ts';
import { unescapeQuoted } from './series-text.ts';

export interface MetadataText {
  readonly family: string;
  readonly patch: Partial<MetricMetadata>;
}

const LINE = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+(?:"((?:[^"\\]|\\.)+)"|([^ \t]+))(?:[ \t](.*))?$/;
const OPENMETRICS_TYPES: Readonly<Record<string, MetricType>> = { gaugehistogram: 'histogram' };

/**
 * Reads a line that begins with `#`. Null for an ordinary comment.
 * @throws LineProblem for a TYPE that does not exist.
 */
export function readMetadata(line: string, format: ExpositionFormat): MetadataText | null {
  const match = LINE.exec(line);
  if (match === null) {
    if (format === 'openmetrics') {
      throw new LineProblem('expected "# HELP", "# TYPE", "# UNIT" or "# EOF"');
    }
    return null;
  }
  const [, keyword, quoted, plain, rest = ''] = match;
  const family = quoted === undefined ? (plain ?? '') : unescapeQuoted(quoted);
  if (keyword === 'TYPE') {
    return { family, patch: { type: readType(rest.trim()) } };
  }
  return keyword === 'UNIT'
    ? { family, patch: { unit: rest.trim() } }
    : { family, patch: { help: unescapeHelp(rest.replace(/^[ \t]+/, ''), format) } };
}

function readType(text: string): MetricType {
  if (text === 'untyped') {
    return 'unknown';
  }
  const type = MetricType.safeParse(OPENMETRICS_TYPES[text] ?? text);
  if (!type.success) {
    throw new LineProblem(`unknown metric type ${JSON.stringify(text.slice(0, 30))}`);
  }
  return type.data;
}

function unescapeHelp(text: string, format: ExpositionFormat): string {
  if (format === 'openmetrics') {
    return unescapeQuoted(text);
  }
  return text.replace(/\\([\\n])/g, (_, character: string) => (character === 'n' ? '\n' : '\\'));
}
