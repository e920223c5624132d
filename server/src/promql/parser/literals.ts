import { GO_ESCAPES } from '../../model/go-escapes.ts';

/** A number, or `undefined` when the text is none: decimal, hexadecimal, octal, exponents, `Inf`, `NaN`, or a duration in seconds. */
export function parseNumber(text: string): number | undefined {
  if (/^inf$/i.test(text)) {
    return Number.POSITIVE_INFINITY;
  }
  if (/^nan$/i.test(text)) {
    return Number.NaN;
  }
  // Prometheus reads integers with Go's base prefix rules: a leading zero means octal, underscores only stand in integers.
  const plain = text.replaceAll('_', '');
  if (/^0[0-7]+$/.test(plain)) {
    return Number.parseInt(plain, 8);
  }
  if (/^0x_?[0-9a-f]+(_[0-9a-f]+)*$/i.test(text)) {
    return Number(plain) < 2 ** 63 ? Number(plain) : undefined;
  }
  if (/^[1-9]\d*(_\d+)*$/.test(text) || /^(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    return Number(plain);
  }
  const durationMs = parseDuration(text);
  return durationMs === undefined ? undefined : durationMs / 1000;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** A duration such as `1h30m` in milliseconds, or `undefined`: each unit at most once, the larger before the smaller; `0` alone is allowed. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (text === '0') {
    return 0;
  }
  if (match === null || text === '') {
    return undefined;
  }
  return Object.values(UNITS_MS).reduce((total, unitMs, index) => total + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** Milliseconds as the shortest Prometheus duration, e.g. `1h30m`, `0s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) {
    return '0s';
  }
  let left = Math.abs(durationMs);
  let text = durationMs < 0 ? '-' : '';
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) {
    // Prometheus writes years and weeks only when nothing is left over.
    const exactOnly = unit === 'y' || unit === 'w';
    if (left >= unitMs && (!exactOnly || left % unitMs === 0)) {
      text += `${Math.floor(left / unitMs)}${unit}`;
      left %= unitMs;
    }
  }
  return text;
}

/**
 * The value of a quoted PromQL string (Go's escapes; backquotes take everything as it is), or `undefined` when it is malformed.
 * Bytes written as `\xNN` that are not UTF-8 become lone surrogates U+DC00 + byte, so that nothing is lost.
 */
export function unquote(text: string): string | undefined {
  const quote = text[0];
  if (text.length < 2 || quote === undefined || text.at(-1) !== quote) {
    return undefined;
  }
  const body = text.slice(1, -1);
  if (quote === '`') {
    return body.includes('`') ? undefined : body;
  }
  return body.includes('\\') ? unescapeBody(body, quote) : body;
}

function unescapeBody(body: string, quote: string): string | undefined {
  const pattern = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|[^\\]|\\/gsu;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let hasBytes = false;
  let result = '';
  for (const [all, simple, hex, octal, short, long] of body.matchAll(pattern)) {
    let piece = all;
    if (all === '\\' || all === quote) {
      return undefined;
    }
    if (simple !== undefined) {
      piece = GO_ESCAPES[simple] ?? '';
    } else if (short !== undefined || long !== undefined) {
      const code = Number.parseInt(short ?? long ?? '', 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return undefined;
      }
      piece = String.fromCodePoint(code);
    } else if (hex !== undefined || octal !== undefined) {
      hasBytes = true;
      bytes.push(hex === undefined ? Number.parseInt(octal ?? '', 8) & 255 : Number.parseInt(hex, 16));
      continue;
    }
    bytes.push(...encoder.encode(piece));
    result += piece;
  }
  return hasBytes ? decodeBytes(bytes) : result;
}

function decodeBytes(bytes: readonly number[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes[i] ?? 0);
    try {
      text += decoder.decode(Uint8Array.from(bytes.slice(i, i + length)));
      i += length;
    } catch {
      text += String.fromCharCode(0xdc00 + (bytes[i] ?? 0));
      i += 1;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) {
    return 1;
  }
  if (lead < 0xe0) {
    return 2;
  }
  return lead < 0xf0 ? 3 : 4;
}
