import { RE2JS } from 're2js';

export interface Selector {
  readonly matchers: readonly LabelMatcher[];
  /** Length of a range selector, or `null` for an instant selector. */
  readonly rangeMs: number | null;
}

export interface LabelMatcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
}

/** Text that is not a selector; the message is what Prometheus would put into `error`. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const HEAD = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(\{)?/;
const MATCHER =
  /^\s*(?:([a-zA-Z_][a-zA-Z0-9_]*)|"((?:[^"\\]|\\.)*)")\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*(,)?/;
const TAIL = /^\s*(?:\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*\])?\s*$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 };

/**
 * Parses `name{label="value",…}[range]`. The simulator's Prometheus evaluates selectors only.
 * @throws SelectorError for anything else, and for a selector that matches everything.
 */
export function parseSelector(text: string): Selector {
  const head = HEAD.exec(text);
  const name = head?.[1];
  let rest = text.slice(head?.[0].length ?? 0);
  const matchers: LabelMatcher[] = name === undefined ? [] : [{ name: '__name__', matches: (value) => value === name }];
  if (head?.[2] !== undefined) {
    for (let match = MATCHER.exec(rest); match !== null; match = MATCHER.exec(rest)) {
      matchers.push(matcherOf(match));
      rest = rest.slice(match[0].length);
    }
    if (!/^\s*\}/.test(rest)) {
      throw new SelectorError(
        `invalid parameter "query": parse error: unexpected character inside braces near ${JSON.stringify(rest.slice(0, 20))}`,
      );
    }
    rest = rest.replace(/^\s*\}/, '');
  }
  const tail = TAIL.exec(rest);
  if (tail === null || (name === undefined && head?.[2] === undefined)) {
    throw new SelectorError(`invalid parameter "query": this server evaluates plain selectors only, not ${JSON.stringify(text)}`);
  }
  if (matchers.every(({ matches }) => matches(''))) {
    throw new SelectorError(
      'invalid parameter "query": 1:1: parse error: vector selector must contain at least one non-empty matcher',
    );
  }
  return { matchers, rangeMs: tail[1] === undefined ? null : parseDurationMs(tail[1]) };
}

/** `1h30m` and the like. */
export function parseDurationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.matchers.every(({ name, matches }) => matches(labels[name] ?? ''));
}

function matcherOf([, bare, quoted, operator, literal]: RegExpExecArray): LabelMatcher {
  const name = bare ?? unquote(`"${quoted ?? ''}"`);
  const value = unquote(literal ?? '""');
  if (operator === '=' || operator === '!=') {
    return { name, matches: (label) => (label === value) === (operator === '=') };
  }
  const pattern = compile(value);
  const verdicts = new Map<string, boolean>();
  return {
    name,
    matches: (label) => {
      const known = verdicts.get(label) ?? pattern.matches(label);
      verdicts.set(label, known);
      return known === (operator === '=~');
    },
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (cause) {
    throw new SelectorError(`invalid parameter "query": parse error: error parsing regexp ${JSON.stringify(source)}`, { cause });
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) {
    return body;
  }
  return body.replaceAll(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)/gs, (escaped) => {
    const letter = escaped.charAt(1);
    return escaped.length > 2 ? String.fromCodePoint(Number.parseInt(escaped.slice(2), 16)) : (ESCAPES[letter] ?? letter);
  });
}
