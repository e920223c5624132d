import { describe, expect, it } from 'vitest';
import type { SharedGroup, SharedSelection } from '../storage/tsdb/shared-selection.ts';
import { splitSelection } from './split-selection.ts';

function group(start: number): SharedGroup {
  return { timestamps: new Float64Array(4), values: new Float64Array(8), stride: 4, start, end: 4 };
}

const GROUPS = [group(0), group(1), group(2)];
const SELECTION: SharedSelection = {
  refs: new Uint32Array(new SharedArrayBuffer(20)).map((_, i) => 10 + i),
  group: Int32Array.of(0, -1, 2, 2, 1),
  column: Uint16Array.of(0, 0, 0, 1, 0),
  groupedFromMs: Float64Array.of(0, 1, 2, 3, 4),
  groups: GROUPS,
  ownEnds: Uint32Array.of(0, 2, 3, 3, 5),
  ownTimestamps: Float64Array.of(1, 2, 3, 4, 5),
  ownValues: Float64Array.of(10, 20, 30, 40, 50),
  isCold: Uint8Array.of(1, 0, 0, 1, 0),
};

/** What a share says of each of its series, whatever its groups are numbered. */
function seriesOf({ refs, group, column, groups, ownEnds, ownTimestamps, ownValues, isCold }: SharedSelection) {
  return Array.from(refs, (ref, i) => {
    const [from, to] = [i === 0 ? 0 : (ownEnds[i - 1] ?? 0), ownEnds[i] ?? 0];
    return {
      ref,
      start: groups[group[i] ?? -1]?.start,
      column: column[i],
      isCold: isCold[i],
      own: [...ownTimestamps.slice(from, to), ...ownValues.slice(from, to)],
    };
  });
}

describe('a selection in shares', () => {
  it.for([
    { others: 0, ownWeight: 0.5, sizes: [5] },
    { others: 1, ownWeight: 1, sizes: [2, 3] },
    { others: 1, ownWeight: 0.25, sizes: [1, 4] },
    { others: 2, ownWeight: 1, sizes: [1, 2, 2] },
    { others: 6, ownWeight: 1, sizes: [0, 0, 1, 1, 1, 1, 1] },
  ])('with $others others has every series once, in order', ({ others, ownWeight, sizes }) => {
    const parts = splitSelection(SELECTION, { ownWeight, others });
    expect(parts.map(({ refs }) => refs.length)).toEqual(sizes);
    expect(parts.flatMap(seriesOf)).toEqual(seriesOf(SELECTION));
  });

  it('names only the groups that a share needs, and gives each share arrays of its own', () => {
    const [first, second] = splitSelection(SELECTION, { ownWeight: 1, others: 1 });
    expect(first?.groups).toEqual([GROUPS[0]]);
    expect(second?.groups).toEqual([GROUPS[2], GROUPS[1]]);
    expect(first?.isCold.buffer).not.toBe(second?.isCold.buffer);
  });
});
