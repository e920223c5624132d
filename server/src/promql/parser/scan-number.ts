export interface ScannedNumber {
  readonly kind: 'number' | 'duration' | 'bad';
  /** Where it ends; of bad syntax, the last character looked at. */
  readonly end: number;
}

/** Finds the end of the number or duration at a position, as Prometheus' lexer does; the value is not checked. */
export function scanNumberOrDuration(text: string, from: number): ScannedNumber {
  const { ok, end } = scanNumber(text, from);
  if (ok) {
    return { kind: 'number', end };
  }
  return scanDuration(text, end);
}

const DURATION = /[smhdwy]s?(?:\d+[smhdw]s?)*/y;

function scanDuration(text: string, from: number): ScannedNumber {
  DURATION.lastIndex = from;
  const rest = DURATION.exec(text)?.[0];
  if (rest === undefined) {
    return { kind: 'bad', end: from };
  }
  const end = from + rest.length;
  if (/[\w]/.test(text[end] ?? '')) {
    return { kind: 'bad', end: end + 1 };
  }
  return { kind: 'duration', end };
}

function scanNumber(text: string, from: number): { ok: boolean; end: number } {
  let at = from;
  const accept = (set: RegExp): boolean => {
    if (set.test(text[at] ?? '')) {
      at += 1;
      return true;
    }
    return false;
  };
  const isHex = /^0[xX]/.test(text.slice(from, from + 2));
  const digit = isHex ? /[0-9a-fA-F]/ : /[0-9]/;
  if (isHex) {
    at += 2;
    accept(/_/);
  }
  accept(/\./);
  accept(digit);
  let hasDot = false;
  let hasExponent = false;
  for (let next = text[at] ?? ''; digit.test(next) || /[._eE]/.test(next); next = text[at] ?? '') {
    if ((next === '.' && hasDot) || (/[eE]/.test(next) && hasExponent)) {
      return { ok: false, end: at + 1 };
    }
    if (accept(/\./)) {
      hasDot = true;
      if (accept(/[_.]/) || isHex) {
        return { ok: false, end: at };
      }
    } else if (accept(/[eE]/)) {
      hasExponent = true;
      accept(/[+-]/);
      if (accept(/[._eE]/) || at >= text.length) {
        return { ok: false, end: at };
      }
    } else if (accept(/_/)) {
      if (accept(/[._eE]/) || at >= text.length) {
        return { ok: false, end: at };
      }
    } else {
      while (accept(digit)) {
        // Runs of digits.
      }
    }
  }
  return { ok: !/\w/.test(text[at] ?? ''), end: at };
}
