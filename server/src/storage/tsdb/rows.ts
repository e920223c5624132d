import type { SQLOutputValue } from 'node:sqlite';

/** One row as node:sqlite hands it out. The readers below check the type instead of trusting it: a damaged file must not pass as data. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export function integerOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') {
    throw new TypeError(`column ${column} holds ${typeof value}, expected a number`);
  }
  return value;
}

/** The number in a column, or the fallback where it is NULL. */
export function integerOr(row: Row | undefined, column: string, fallback: number): number {
  const value = row?.[column];
  return value === null || value === undefined ? fallback : integerOf(row, column);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') {
    throw new TypeError(`column ${column} holds ${typeof value}, expected text`);
  }
  return value;
}

export function blobOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`column ${column} holds ${typeof value}, expected a blob`);
  }
  return value;
}
