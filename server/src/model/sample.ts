/**
 * The staleness marker: "this series has ended here". Prometheus uses one NaN payload; JavaScript does not keep payloads,
 * so Tila uses one subnormal number that ingest never lets in as a value. It survives typed arrays, `===` and SQLite.
 */
export const STALE = -4.243_991_583e-314;

/** In an evaluated column, "no point at this step". The same number as STALE: both mean that nothing is there. */
export const ABSENT = -4.243_991_583e-314;

export function isStale(value: number): boolean {
  return value === STALE;
}

/** In a matrix of series that share their times: "this series has no sample at that time". Like STALE never a value of a sample. */
export const HOLE = -8.487_983_166e-314;
