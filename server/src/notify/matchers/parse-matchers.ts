import type { Matcher } from '../../model/matcher.ts';
import { parseClassicMatchers } from './classic-matchers.ts';
import { MatcherSyntaxError } from './matcher-lexer.ts';
import { parseUtf8Matchers } from './utf8-matchers.ts';

/** Alertmanager's three modes; `fallback` is its default. */
export type MatcherMode = 'fallback' | 'utf8-strict' | 'classic';

export interface ParsedMatchers {
  readonly matchers: readonly Matcher[];
  /** Why the author should rewrite the text, in one sentence; absent when both grammars agree. */
  readonly warning?: string;
}

/**
 * Parses one config entry: a matcher or a braced set. In fallback mode both grammars are tried; where both accept but
 * differ the classic reading wins, as in Alertmanager, and a warning says so.
 * @throws MatcherSyntaxError or InvalidMatcherError when no grammar accepts the text.
 */
export function parseMatchers(input: string, mode: MatcherMode = 'fallback'): ParsedMatchers {
  switch (mode) {
    case 'utf8-strict':
      return { matchers: parseUtf8Matchers(input) };
    case 'classic':
      return { matchers: parseClassicMatchers(input) };
    case 'fallback':
      return parseWithFallback(input);
  }
}

/** Parses exactly one matcher, as amtool and API filters give it: no braces. @throws MatcherSyntaxError */
export function parseMatcher(input: string, mode: MatcherMode = 'fallback'): Matcher {
  if (input.startsWith('{') || input.endsWith('}')) {
    throw new MatcherSyntaxError('unexpected open or close brace');
  }
  const { matchers } = parseMatchers(input, mode);
  const [matcher] = matchers;
  if (matcher === undefined) {
    throw new MatcherSyntaxError('no matchers');
  }
  if (matchers.length > 1) {
    throw new MatcherSyntaxError(`expected 1 matcher, found ${matchers.length}`);
  }
  return matcher;
}

function parseWithFallback(input: string): ParsedMatchers {
  const utf8 = attempt(() => parseUtf8Matchers(input));
  const classic = attempt(() => parseClassicMatchers(input));
  if (utf8.matchers === undefined && classic.matchers === undefined) {
    throw classic.error;
  }
  if (classic.matchers === undefined) {
    return { matchers: utf8.matchers ?? [] };
  }
  if (utf8.matchers === undefined) {
    return {
      matchers: classic.matchers,
      warning: `matcher ${input} is not valid UTF-8 matcher syntax; put its value in double quotes`,
    };
  }
  return areEqual(utf8.matchers, classic.matchers)
    ? { matchers: classic.matchers }
    : {
        matchers: classic.matchers,
        warning: `matcher ${input} means different things in the two matcher syntaxes; quote its value`,
      };
}

type Attempt = { readonly matchers: readonly Matcher[] } | { readonly matchers: undefined; readonly error: unknown };

function attempt(parse: () => readonly Matcher[]): Attempt {
  try {
    return { matchers: parse() };
  } catch (error) {
    return { matchers: undefined, error };
  }
}

function areEqual(left: readonly Matcher[], right: readonly Matcher[]): boolean {
  return left.map(String).sort().join() === right.map(String).sort().join();
}
