/**
 * x to the power of y, computed as Go's `math.Pow` does it, whole powers by repeated squaring, so that results are Prometheus'
 * to the last bit where that decides: `%`, `==` and rounding of large powers.
 */
export function power(x: number, y: number): number {
  if (x === 1) {
    return 1;
  }
  const magnitude = Math.abs(y);
  // The exceptions of IEEE 754 and Go are the same, but for a base of -1 with an endless exponent.
  if (magnitude === Number.POSITIVE_INFINITY && x === -1) {
    return 1;
  }
  const isPlain = Number.isFinite(x) && x !== 0 && Number.isFinite(y) && magnitude < 2 ** 53;
  if (!isPlain || y === 0 || y === 1) {
    return x ** y;
  }
  if (magnitude === 0.5) {
    return y > 0 ? Math.sqrt(x) : 1 / Math.sqrt(x);
  }
  return powerOf(x, y);
}

const ENDLESS = 4096;

function powerOf(x: number, y: number): number {
  let whole = Math.trunc(Math.abs(y));
  let fraction = Math.abs(y) - whole;
  if (fraction !== 0 && x < 0) {
    return Number.NaN;
  }
  let mantissa = 1;
  let exponent = 0;
  if (fraction !== 0) {
    if (fraction > 0.5) {
      fraction -= 1;
      whole += 1;
    }
    mantissa = Math.exp(fraction * Math.log(x));
  }
  let [square, squareExponent] = splitFloat(x);
  for (; whole !== 0; whole = Math.floor(whole / 2)) {
    if (Math.abs(squareExponent) > ENDLESS) {
      exponent += squareExponent;
      break;
    }
    if (whole % 2 === 1) {
      mantissa *= square;
      exponent += squareExponent;
    }
    square *= square;
    squareExponent *= 2;
    if (square < 0.5) {
      square += square;
      squareExponent -= 1;
    }
  }
  return y < 0 ? scale(1 / mantissa, -exponent) : scale(mantissa, exponent);
}

/** `[m, e]` with x = m * 2^e and 0.5 <= |m| < 1. */
function splitFloat(x: number): [mantissa: number, exponent: number] {
  const view = new DataView(new ArrayBuffer(8));
  const isTiny = Math.abs(x) < 2 ** -1022;
  view.setFloat64(0, isTiny ? x * 2 ** 54 : x);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - (isTiny ? 54 : 0);
  view.setUint32(0, ((high & 0x800fffff) | (1022 << 20)) >>> 0);
  return [view.getFloat64(0), exponent];
}

/** m * 2^e without rounding twice on the way to a subnormal result. */
function scale(mantissa: number, exponent: number): number {
  if (mantissa === 0 || !Number.isFinite(mantissa)) {
    return mantissa;
  }
  const [part, own] = splitFloat(mantissa);
  const total = own + exponent;
  if (total > 1024) {
    return part * Number.POSITIVE_INFINITY;
  }
  if (total < -1076) {
    return part * 0;
  }
  if (total < -1021) {
    return part * 2 ** (total + 53) * 2 ** -53;
  }
  return part * 2 * 2 ** (total - 1);
}
