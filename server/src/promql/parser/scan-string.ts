/** Finds the end of the quoted string at a position, or what is wrong with it. Texts as in Prometheus' lexer. */
export function scanString(text: string, from: number): { readonly end: number } | { readonly error: string } {
  const quote = text[from] ?? '';
  if (quote === '`') {
    return scanRaw(text, from);
  }
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === quote) {
      return { end: at + 1 };
    }
    if (character === '\n') {
      break;
    }
    if (isLoneSurrogate(text, at)) {
      return { error: 'invalid UTF-8 rune' };
    }
    if (character === '\\') {
      const after = scanEscape(text, at + 1, quote);
      if (typeof after === 'string') {
        return { error: after };
      }
      at = after - 1;
    }
  }
  return { error: 'unterminated quoted string' };
}

function scanRaw(text: string, from: number): { readonly end: number } | { readonly error: string } {
  const end = text.indexOf('`', from + 1);
  for (let at = from + 1; at < (end < 0 ? text.length : end); at += 1) {
    if (isLoneSurrogate(text, at)) {
      return { error: 'invalid UTF-8 rune' };
    }
  }
  return end < 0 ? { error: 'unterminated raw string' } : { end: end + 1 };
}

function isLoneSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code >= 0xd800 && code < 0xdc00) {
    return !isTrailing(text.charCodeAt(at + 1));
  }
  return isTrailing(code) && !(at > 0 && text.charCodeAt(at - 1) >= 0xd800 && text.charCodeAt(at - 1) < 0xdc00);
}

function isTrailing(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}

const ESCAPES: Readonly<Record<string, readonly [digits: number, base: 8 | 16]>> = {
  x: [2, 16],
  u: [4, 16],
  U: [8, 16],
};

/** The position after an escape, or the error. `at` is that of the character after the backslash. */
function scanEscape(text: string, at: number, quote: string): number | string {
  const character = text[at];
  if (character === undefined) {
    return 'escape sequence not terminated';
  }
  if ('abfnrtv\\'.includes(character) || character === quote) {
    return at + 1;
  }
  const isOctal = character >= '0' && character <= '7';
  const [digits, base] = isOctal ? ([3, 8] as const) : (ESCAPES[character] ?? ([0, 8] as const));
  if (digits === 0) {
    return `unknown escape sequence ${unicodeName(text, at)}`;
  }
  const first = isOctal ? at : at + 1;
  for (let i = first; i < first + digits; i += 1) {
    if (i >= text.length) {
      return 'escape sequence not terminated';
    }
    if (!(base === 8 ? /[0-7]/ : /[0-9a-fA-F]/).test(text[i] ?? '')) {
      return `illegal character ${unicodeName(text, i)} in escape sequence`;
    }
  }
  const code = Number.parseInt(text.slice(first, first + digits), base);
  const most = digits < 4 ? 255 : 0x10ffff;
  return code > most || (code >= 0xd800 && code < 0xe000) ? 'escape sequence is an invalid Unicode code point' : first + digits;
}

/** A character as Go's `%#U` prints it. */
function unicodeName(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return code < 32 || code === 127 ? name : `${name} '${String.fromCodePoint(code)}'`;
}
