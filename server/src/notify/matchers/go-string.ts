const SIMPLE: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
  ['"', 34],
]);

/** Digits and base that follow `\x`, `\u` and `\U`. */
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/**
 * Undoes a double-quoted Go string literal, quotes included. `\xHH` and octal escapes are bytes, so several may make one
 * character. Returns `undefined` when it is not such a literal or its bytes are not UTF-8.
 */
export function unquoteGoString(literal: string): string | undefined {
  if (literal.length < 2 || !literal.startsWith('"') || !literal.endsWith('"')) {
    return undefined;
  }
  const bytes: Uint8Array[] = [];
  let rest = literal.slice(1, -1);
  while (rest !== '') {
    const step = rest.startsWith('\\') ? readEscape(rest) : readPlain(rest);
    if (step === undefined) {
      return undefined;
    }
    bytes.push(step.bytes);
    rest = rest.slice(step.length);
  }
  return decodeUtf8(bytes);
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly length: number;
}

function readPlain(text: string): Piece | undefined {
  const end = text.search(/["\\\n]/);
  const plain = end === -1 ? text : text.slice(0, end);
  return plain === '' ? undefined : { bytes: Buffer.from(plain, 'utf8'), length: plain.length };
}

function readEscape(text: string): Piece | undefined {
  const letter = text.charAt(1);
  const simple = SIMPLE.get(letter);
  if (simple !== undefined) {
    return { bytes: Uint8Array.of(simple), length: 2 };
  }
  const octal = /^\\([0-3][0-7]{2})/.exec(text);
  if (octal?.[1] !== undefined) {
    return { bytes: Uint8Array.of(Number.parseInt(octal[1], 8)), length: 4 };
  }
  return readHexEscape(text, letter);
}

function readHexEscape(text: string, letter: string): Piece | undefined {
  const length = HEX_LENGTHS.get(letter);
  const digits = length === undefined ? '' : text.slice(2, 2 + length);
  if (length === undefined || digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) {
    return undefined;
  }
  const code = Number.parseInt(digits, 16);
  if (letter === 'x') {
    return { bytes: Uint8Array.of(code), length: 4 };
  }
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? { bytes: Buffer.from(String.fromCodePoint(code), 'utf8'), length: 2 + length } : undefined;
}

function decodeUtf8(bytes: readonly Uint8Array[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes));
  } catch {
    return undefined;
  }
}
