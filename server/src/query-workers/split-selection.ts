import type { SharedGroup, SharedSelection } from '../storage/tsdb/shared-selection.ts';

/**
 * The series of a selection in shares: a first one, which has so many series for each of the others, and others of equal size. Series
 * keep their order, in which neighbours mostly lie in the same groups and blocks; each share names only the groups it needs. Arrays
 * that are not in shared memory are copied.
 */
export function splitSelection(
  selection: SharedSelection,
  { ownWeight, others }: { readonly ownWeight: number; readonly others: number },
): readonly SharedSelection[] {
  const count = selection.refs.length;
  const own = Math.floor((count * ownWeight) / (ownWeight + others));
  const bounds = Array.from({ length: others + 1 }, (_, i) => own + Math.floor(((count - own) * i) / Math.max(others, 1)));
  return [0, ...bounds.slice(0, -1)].map((from, i) => shareOf(selection, from, bounds[i] ?? count));
}

function shareOf(selection: SharedSelection, from: number, to: number): SharedSelection {
  const ownFrom = from === 0 ? 0 : (selection.ownEnds[from - 1] ?? 0);
  const ownTo = to === 0 ? 0 : (selection.ownEnds[to - 1] ?? 0);
  return {
    refs: part(selection.refs, from, to),
    column: part(selection.column, from, to),
    groupedFromMs: part(selection.groupedFromMs, from, to),
    isCold: part(selection.isCold, from, to),
    ...renumbered(selection, from, to),
    ownEnds: selection.ownEnds.slice(from, to).map((end) => end - ownFrom),
    ownTimestamps: selection.ownTimestamps.slice(ownFrom, ownTo),
    ownValues: selection.ownValues.slice(ownFrom, ownTo),
  };
}

function part<Column extends Uint32Array | Uint16Array | Uint8Array | Float64Array>(
  column: Column,
  from: number,
  to: number,
): Column {
  // Both give the same kind of array, which the types of typed arrays do not say.
  return (column.buffer instanceof SharedArrayBuffer ? column.subarray(from, to) : column.slice(from, to)) as Column;
}

function renumbered({ group, groups }: SharedSelection, from: number, to: number): Pick<SharedSelection, 'group' | 'groups'> {
  const numbers = new Int32Array(groups.length).fill(-1);
  const used: SharedGroup[] = [];
  const own = group.slice(from, to);
  for (let i = 0; i < own.length; i += 1) {
    const known = own[i] ?? -1;
    const arrays = groups[known];
    if (arrays !== undefined) {
      const number = numbers[known] ?? -1;
      numbers[known] = number < 0 ? used.push(arrays) - 1 : number;
      own[i] = numbers[known] ?? -1;
    }
  }
  return { group: own, groups: used };
}
