/** Formats a float64 as Go's strconv.FormatFloat does. A precision of -1 means the shortest digits that read back equal. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (!Number.isFinite(value)) {
    return formatNonFinite(value);
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  switch (verb) {
    case 'f':
      return sign + (precision < 0 ? shortestFixed(magnitude) : fixedDigits(magnitude, precision));
    case 'e':
      return sign + exponential(digitsOf(magnitude, precision < 0 ? -1 : precision + 1), precision);
    case 'g':
      return sign + general(magnitude, precision);
  }
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  return value > 0 ? '+Inf' : '-Inf';
}

/** Decimal digits d1 d2 … and the power of ten of d1. */
interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

function digitsOf(magnitude: number, count: number): Digits {
  if (count < 0) {
    return parseExponential(magnitude.toExponential());
  }
  const wanted = Math.min(Math.max(count, 1), MAX_DIGITS);
  const rounded = parseExponential(magnitude.toExponential(wanted - 1));
  const exact = parseExponential(magnitude.toExponential(Math.min(wanted + TIE_DIGITS, MAX_DIGITS)));
  const isTie = /^50*$/.test(exact.digits.slice(wanted));
  const isEven = Number(exact.digits[wanted - 1]) % 2 === 0;
  return isTie && isEven ? { digits: exact.digits.slice(0, wanted), exponent: exact.exponent } : rounded;
}

// JavaScript rounds exact ties up, Go rounds them to even; this many more digits tell a tie from a near miss.
const TIE_DIGITS = 30;
const MAX_DIGITS = 100;

function parseExponential(text: string): Digits {
  const [mantissa = '0', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function exponential({ digits, exponent }: Digits, precision: number): string {
  const fraction = precision < 0 ? digits.slice(1) : digits.slice(1).padEnd(precision, '0');
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0]}${fraction === '' ? '' : `.${fraction}`}e${exponent < 0 ? '-' : '+'}${power}`;
}

function general(magnitude: number, precision: number): string {
  const isShortest = precision < 0;
  const raw = digitsOf(magnitude, isShortest ? -1 : precision);
  const digits = raw.digits.replace(/0+$/, '') || '0';
  const point = raw.exponent + 1;
  const wanted = precision === 0 ? 1 : precision;
  const threshold = wanted > digits.length && digits.length >= point ? digits.length : wanted;
  if (raw.exponent < -4 || raw.exponent >= (isShortest ? 6 : threshold)) {
    return exponential({ digits, exponent: raw.exponent }, -1);
  }
  return placePoint(digits, raw.exponent);
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < 0) {
    return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  }
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function shortestFixed(magnitude: number): string {
  const { digits, exponent } = digitsOf(magnitude, -1);
  return placePoint(digits, exponent);
}

function fixedDigits(magnitude: number, precision: number): string {
  const places = Math.min(precision, MAX_DIGITS);
  if (magnitude >= 1e21) {
    return BigInt(magnitude).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '');
  }
  const exact = magnitude.toFixed(Math.min(places + TIE_DIGITS, MAX_DIGITS));
  const cut = exact.indexOf('.') + 1 + places;
  const kept = places === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut);
  const isTie = /^50*$/.test(exact.slice(cut));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? kept : magnitude.toFixed(places);
}
