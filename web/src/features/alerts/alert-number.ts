/** "1", "0.124", "18200": the number an expression gave, in four digits; "none" without one. */
export function formatNumber(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(4)));
}
