/** What the rows of a block are: samples as they came, or one field of a rollup. The numbers are in the file: never reuse one. */
export type BlockKind = number;

export const RAW: BlockKind = 0;

/** `counter` holds the samples that a rate needs: the last of every bucket, and those on both sides of every reset. */
export type RollupField = 'min' | 'max' | 'sum' | 'count' | 'counter';

export const ROLLUP_FIELDS: readonly RollupField[] = ['min', 'max', 'sum', 'count', 'counter'];

/** Samples joined over buckets of equal length. A bucket is [start, start + bucketMs) and its point stands at its last millisecond. */
export interface Resolution {
  readonly name: '5m' | '1h';
  readonly bucketMs: number;
  readonly kinds: Readonly<Record<RollupField, BlockKind>>;
}

export const FIVE_MINUTES: Resolution = {
  name: '5m',
  bucketMs: 300_000,
  kinds: { min: 1, max: 2, sum: 3, count: 4, counter: 5 },
};

export const ONE_HOUR: Resolution = {
  name: '1h',
  bucketMs: 3_600_000,
  kinds: { min: 6, max: 7, sum: 8, count: 9, counter: 10 },
};

export const ALL_KINDS: readonly BlockKind[] = [RAW, ...Object.values(FIVE_MINUTES.kinds), ...Object.values(ONE_HOUR.kinds)];
