import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Aggregate } from '../ast.ts';
import type { AccumulatorState } from './accumulators.ts';
import { emptyGroups, gatherGroups } from './aggregate.ts';
import type { Division } from './division.ts';
import { groupRows } from './grouping.ts';
import { mergeState } from './merge-state.ts';
import { materialize, type RowSource, type RowTarget, rowsFrom, rowsOf } from './row-source.ts';
import { labelsAt } from './rows.ts';
import type { EvaluationContext, VectorValue } from './values.ts';

/** What a division comes to over one share of its series. */
export interface SharePart {
  /** The series of each row, of each group the first: all of them label sets of the share, in its order. */
  readonly labels: readonly Labels[];
  readonly dropName: readonly boolean[];
  /** Of rows their points, of groups the state of the aggregation. */
  readonly state: readonly AccumulatorState[];
}

/** Where the points of rows may be put, for so many of them; what is there is not defined. */
export type Room = (points: number) => Float64Array;

/** More points than this are not given room beforehand: 128 MB. */
export const MAX_HELD_POINTS = 16 * 2 ** 20;

/** Computes a division over the series that the context has. Points of rows come into the room, if there are not too many. */
export function computePart(context: EvaluationContext, { kind, node }: Division, room: Room): SharePart {
  if (kind === 'rows') {
    const { labels, dropName, data } = heldRows(context, rowsFrom(context, node), room);
    return { labels, dropName, state: [data] };
  }
  const { grouping, accumulator, dropName, input } = gatherGroups(context, aggregateOf(node));
  return { labels: firstOfGroups(grouping.groupOf, input), dropName, state: accumulator.state ?? [] };
}

/** Parts of all shares, in the order of the shares, as if there had been only one. */
export function mergeParts(context: EvaluationContext, division: Division, parts: readonly SharePart[]): KnownVector {
  const { steps } = context.grid;
  return division.kind === 'rows' ? joinedRows(parts, steps) : mergedGroups(context, aggregateOf(division.node), parts);
}

/** A vector that has been computed before it is asked for. */
export interface KnownVector {
  readonly rows: RowSource;
  readonly vector: () => VectorValue;
}

/** In the room, unless there are too many. */
function heldRows(context: EvaluationContext, rows: RowSource, room: Room): VectorValue {
  const points = rows.size * context.grid.steps;
  return materialize(context, rows, points > MAX_HELD_POINTS ? undefined : room(points));
}

/** Rows of several parts one after the other, which lie where they are for as long as that is enough. */
function joinedRows(parts: readonly SharePart[], steps: number): KnownVector {
  const segments = parts.filter(({ labels }) => labels.length > 0);
  const labels = segments.flatMap((part) => part.labels);
  const dropName = segments.flatMap((part) => part.dropName);
  const starts = startsOf(segments);
  const data = segments.map(({ state: [points] }) => points);
  let segment = 0;
  const fill = (row: number, target: RowTarget): void => {
    while (row < (starts[segment] ?? 0)) {
      segment -= 1;
    }
    while (row >= (starts[segment + 1] ?? Infinity)) {
      segment += 1;
    }
    const from = (row - (starts[segment] ?? 0)) * steps;
    const points = data[segment] ?? NO_POINTS;
    const { out, at } = target;
    target.firstStep = 0;
    target.endStep = steps;
    for (let step = 0; step < steps; step += 1) {
      out[at + step] = points[from + step] ?? ABSENT;
    }
  };
  return {
    rows: {
      size: labels.length,
      labelsAt: (row) => labelsAt({ labels }, row),
      dropsNameAt: (row) => dropName[row] ?? false,
      fill,
    },
    vector: () => ({ kind: 'vector', labels, dropName, data: concatenated(data) }),
  };
}

const NO_POINTS = new Float64Array(0);

function startsOf(segments: readonly SharePart[]): Int32Array {
  const starts = new Int32Array(segments.length);
  for (let i = 1; i < starts.length; i += 1) {
    starts[i] = (starts[i - 1] ?? 0) + (segments[i - 1]?.labels.length ?? 0);
  }
  return starts;
}

function concatenated(columns: readonly (AccumulatorState | undefined)[]): Float64Array {
  const [only = NO_POINTS] = columns;
  if (columns.length <= 1 && only instanceof Float64Array) {
    return only;
  }
  const joined = new Float64Array(columns.reduce((length, column) => length + (column?.length ?? 0), 0));
  let at = 0;
  for (const column of columns) {
    joined.set(column ?? NO_POINTS, at);
    at += column?.length ?? 0;
  }
  return joined;
}

function mergedGroups(context: EvaluationContext, expr: Aggregate, parts: readonly SharePart[]): KnownVector {
  const { steps } = context.grid;
  const { groupOf, labels, size } = groupRows(labelRows(parts.flatMap((part) => part.labels)), expr);
  const accumulator = emptyGroups(context, expr, size);
  const to = accumulator.state ?? [];
  const dropName = new Array<boolean>(size).fill(false);
  let row = 0;
  for (const part of parts) {
    for (const [own, drops] of part.dropName.entries()) {
      const group = groupOf[row] ?? 0;
      row += 1;
      mergeState(expr.op, { from: part.state, to }, { from: own * steps, to: group * steps, steps });
      dropName[group] ||= drops;
    }
  }
  const value: VectorValue = { kind: 'vector', labels, dropName, data: accumulator.finish() };
  return { rows: rowsOf(value, steps), vector: () => value };
}

/** Rows of which only the labels count. */
function labelRows(labels: readonly Labels[]): RowSource {
  return { size: labels.length, labelsAt: (row) => labelsAt({ labels }, row), dropsNameAt: () => false, fill: () => undefined };
}

function aggregateOf(node: Division['node']): Aggregate {
  if (node.kind !== 'aggregate') {
    throw new TypeError(`only an aggregation has groups, not a ${node.kind}`);
  }
  return node;
}

function firstOfGroups(groupOf: Int32Array, input: RowSource): Labels[] {
  const labels: Labels[] = [];
  for (let row = 0; row < groupOf.length; row += 1) {
    // Groups are numbered in order of first appearance.
    if (groupOf[row] === labels.length) {
      labels.push(input.labelsAt(row));
    }
  }
  return labels;
}
