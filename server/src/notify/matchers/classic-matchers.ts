import { AlertMatcher, type Matcher, type MatchOperator } from '../../model/matcher.ts';
import { MatcherSyntaxError } from './matcher-lexer.ts';

const SHAPE = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*$/s;

/** Parses the matcher syntax of Alertmanager before 0.27: ASCII names, loose unquoted values, only `\" \n \\` escapes. */
export function parseClassicMatchers(input: string): readonly Matcher[] {
  const body = input.replace(/^\{/, '').replace(/\}$/, '');
  return splitAtCommas(body).map(parseClassicMatcher);
}

function splitAtCommas(body: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let insideQuotes = false;
  let escaped = false;
  for (const character of body) {
    if (character === ',' && !insideQuotes) {
      parts.push(part);
      part = '';
      continue;
    }
    insideQuotes = character === '"' && !escaped ? !insideQuotes : insideQuotes;
    escaped = character === '\\' ? !escaped : false;
    part += character;
  }
  return part.trim() === '' ? parts : [...parts, part.trim()];
}

function parseClassicMatcher(text: string): Matcher {
  const match = SHAPE.exec(text);
  if (match === null) {
    throw new MatcherSyntaxError(`bad matcher format: ${text}`);
  }
  const [, name = '', operator = '', rawValue = ''] = match;
  // SHAPE lets only the four operators through.
  return new AlertMatcher(name, operator as MatchOperator, unescapeValue(rawValue));
}

function unescapeValue(rawValue: string): string {
  const isQuoted = rawValue.startsWith('"');
  const isClosed = isQuoted && rawValue.length > 1 && rawValue.endsWith('"') && !endsEscaped(rawValue.slice(0, -1));
  const inner = isQuoted ? rawValue.slice(1, isClosed ? -1 : undefined) : rawValue;
  if ((isQuoted && !isClosed) || hasBareQuote(inner)) {
    throw new MatcherSyntaxError(`matcher value contains unescaped double quote: ${rawValue}`);
  }
  return inner.replace(/\\(n|"|\\)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function endsEscaped(text: string): boolean {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

function hasBareQuote(text: string): boolean {
  return /(^|[^\\])(\\\\)*"/.test(text);
}
