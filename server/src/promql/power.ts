/** IEEE 754 pow as Go has it; JavaScript gives NaN where the base is 1 or -1 and the exponent NaN or infinite. */
export function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) {
    return 1;
  }
  return base ** exponent;
}
