import { RE2JS } from 're2js';

/** regexp.MatchString: an RE2 search anywhere in the text. @throws Error when the pattern is not RE2. */
export function matchString(pattern: string, text: string): boolean {
  return compile(pattern).matcher(text).find();
}

/** Regexp.ReplaceAllString with Go's `$1`, `${1}` and `${name}`. @throws Error when the pattern is not RE2. */
export function replaceAll(pattern: string, replacement: string, text: string): string {
  const matcher = compile(pattern).matcher(text);
  const parts: string[] = [];
  let from = 0;
  while (matcher.find()) {
    parts.push(
      text.slice(from, matcher.start()),
      expand(replacement, (name) => groupOf(matcher, name)),
    );
    from = matcher.end();
  }
  return parts.join('') + text.slice(from);
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`invalid regular expression ${JSON.stringify(pattern)}: ${reason}`, { cause });
  }
}

function expand(replacement: string, group: (name: string) => string): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    return name === undefined ? whole.slice(1) : group(name);
  });
}

function groupOf(matcher: ReturnType<RE2JS['matcher']>, name: string): string {
  if (/^\d+$/.test(name)) {
    return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? '') : '';
  }
  try {
    return matcher.group(name) ?? '';
  } catch {
    // Go expands an unknown group to nothing.
    return '';
  }
}
