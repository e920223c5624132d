import { z } from 'zod';

const Point = z.tuple([z.number(), z.string()]);
const Body = z.object({
  data: z.object({
    resultType: z.string(),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: Point.optional(), values: z.array(Point).optional() }),
    ),
  }),
});

/** An answer of the query API in a form that can be compared: series by labels, points by time. */
export type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

export function pointsOf(body: Buffer): Points {
  const { result } = Body.parse(JSON.parse(body.toString())).data;
  return new Map(
    result.map(({ metric, value, values }) => [
      JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1))),
      new Map((values ?? (value === undefined ? [] : [value])).map(([time, text]) => [time, Number(text)])),
    ]),
  );
}

export interface Difference {
  /** Points of the reference. */
  readonly points: number;
  /** Points that only one of the two has, ties not counted. */
  readonly unmatched: number;
  /** Points of the reference in whose place the other has another series' point of the very same time and value. */
  readonly ties: number;
  /** The largest relative difference of two points, 0 for equal ones. */
  readonly worst: number;
}

/**
 * How far an answer is from the reference. Which of several series with equal values `topk` and its like keep is for no engine to
 * say: Prometheus keeps those that it reads first, and in what order it reads depends on which samples are in blocks already.
 */
export function differenceOf(reference: Points, answer: Points): Difference {
  let points = 0;
  let shared = 0;
  let worst = 0;
  for (const [labels, expected] of reference) {
    points += expected.size;
    const actual = answer.get(labels);
    for (const [time, value] of expected) {
      const other = actual?.get(time);
      if (other !== undefined) {
        shared += 1;
        worst = Math.max(worst, relative(value, other));
      }
    }
  }
  const answered = [...answer.values()].reduce((sum, { size }) => sum + size, 0);
  const ties = tiesOf(reference, answer);
  return { points, unmatched: points + answered - 2 * shared - 2 * ties, ties, worst };
}

/** Pairs of points of equal time and value, each of a series that has no point at that time in the other answer. */
function tiesOf(reference: Points, answer: Points): number {
  const waiting = new Map<string, number>();
  for (const point of pointsBeyond(reference, answer)) {
    waiting.set(point, (waiting.get(point) ?? 0) + 1);
  }
  let ties = 0;
  for (const point of pointsBeyond(answer, reference)) {
    const left = waiting.get(point) ?? 0;
    if (left > 0) {
      waiting.set(point, left - 1);
      ties += 1;
    }
  }
  return ties;
}

/** Time and value of the points of one answer that the same series does not have in the other. */
function* pointsBeyond(answer: Points, other: Points): Generator<string> {
  for (const [labels, points] of answer) {
    const known = other.get(labels);
    for (const [time, value] of points) {
      if (known?.has(time) !== true) {
        yield `${time} ${value}`;
      }
    }
  }
}

function relative(a: number, b: number): number {
  if (Object.is(a, b) || a === b) {
    return 0;
  }
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return Number.isFinite(scale) ? Math.abs(a - b) / scale : Number.POSITIVE_INFINITY;
}
