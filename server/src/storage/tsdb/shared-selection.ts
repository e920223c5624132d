import type { MatchOperator } from '../../model/matcher.ts';

/** A selection as it crosses threads. */
export interface SharedRequest {
  readonly matchers: readonly (readonly [name: string, operator: MatchOperator, value: string])[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** A group's arrays in shared memory with the slots that were in use. What lies in them never changes but for holes being filled. */
export interface SharedGroup {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly stride: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The series of a selection without their labels, as another thread can read them. Row i of every array is one series.
 * What is here is complete for rows in memory; rows that left memory before are in the blocks.
 */
export interface SharedSelection {
  readonly refs: Uint32Array;
  /** Index into `groups`, -1 for a series that shares its times with no other. */
  readonly group: Int32Array;
  readonly column: Uint16Array;
  /** Rows of the group before this time are in blocks and may be deleted there: they do not count. */
  readonly groupedFromMs: Float64Array;
  readonly groups: readonly SharedGroup[];
  /** Copies of the rows that lie in no group, series after series: those of row i end at `ownEnds[i]`. */
  readonly ownEnds: Uint32Array;
  readonly ownTimestamps: Float64Array;
  readonly ownValues: Float64Array;
  /** 1 where blocks may hold rows of the window. */
  readonly isCold: Uint8Array;
}
