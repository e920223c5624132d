import { GO_ESCAPES } from '../model/go-escapes.ts';

/** Reads a Go string literal's inside (without quotes). @throws Error when an escape is unknown. */
export function unquoteGo(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{3}|.)/gsu, (_, sequence: string) => unescapeGo(sequence));
}

function unescapeGo(sequence: string): string {
  if (/^[uUx]./.test(sequence)) {
    return String.fromCodePoint(Number.parseInt(sequence.slice(1), 16));
  }
  if (/^[0-7]{3}$/.test(sequence)) {
    return String.fromCharCode(Number.parseInt(sequence, 8));
  }
  const simple = GO_ESCAPES[sequence];
  if (simple === undefined) {
    throw new Error(`invalid escape \\${sequence} in string`);
  }
  return simple;
}

/** A Go number literal: a bigint for an integer, a number for a float. @throws Error when it is neither. */
export function readNumber(text: string): bigint | number {
  const plain = text.replaceAll('_', '');
  const digits = plain.replace(/^[+-]/, '');
  const isNegative = plain.startsWith('-');
  if (/^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(digits) || /^\d+$/.test(digits)) {
    const octal = /^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
    return isNegative ? -BigInt(octal) : BigInt(octal);
  }
  const value = Number(plain);
  if (Number.isNaN(value)) {
    throw new Error(`bad number syntax: ${JSON.stringify(text)}`);
  }
  // Go's untyped constant 1e3 is an int when used alone; a point makes it a float.
  return Number.isInteger(value) && !digits.includes('.') ? BigInt(value) : value;
}
