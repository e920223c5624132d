import type { Labels } from '../model/labels.ts';
import type { EvaluationRange, QueryResult } from '../promql/engine.ts';
import {
  columnsOf,
  type PanelPoint,
  type PanelResult,
  type PanelSeries,
  type PanelSplice,
  type PanelUpdate,
  type ResultColumn,
} from './panel-result.ts';
import { type PresentSteps, StepRing } from './step-ring.ts';

export interface PixelGrid {
  readonly rangeMs: number;
  /** Between evaluations. */
  readonly stepMs: number;
  /** Width of the picture. */
  readonly pixels: number;
}

interface HeldSeries {
  readonly labels: Labels;
  readonly ring: StepRing;
}

const NOTHING = new Float64Array(0);

/**
 * A panel's result for a picture of some width: holds every step, and gives of each pixel column the first, the lowest, the
 * highest and the last point (M4; Jugel et al., VLDB 2014), so that no extreme is lost. Points are chosen, never made. A null
 * stands where a gap begins; a gap between two points that were not chosen, inside one column, is not seen.
 * Columns lie on multiples of their length and the range begins with a whole one: what has been told of a column stays right as time passes.
 */
export class PixelColumns implements PanelResult {
  readonly #rangeMs: number;
  readonly #stepMs: number;
  readonly #stepsAColumn: number;
  readonly #series = new Map<string, HeldSeries>();
  /** Numbers of the first and the last step held; a step's number is its time in steps. */
  #first = 0;
  #last = -1;

  constructor({ rangeMs, stepMs, pixels }: PixelGrid) {
    this.#rangeMs = rangeMs;
    this.#stepMs = stepMs;
    this.#stepsAColumn = Math.max(1, Math.ceil(rangeMs / stepMs / pixels));
  }

  windowStart(endMs: number): number {
    const columnMs = this.#stepsAColumn * this.#stepMs;
    return Math.floor((endMs - this.#rangeMs) / columnMs) * columnMs;
  }

  snapshot(): Record<string, PanelSeries> {
    return Object.fromEntries([...this.#series].map(([key, held]) => [key, this.#whole(held)]));
  }

  merge(result: QueryResult, part: EvaluationRange, windowStartMs: number): PanelUpdate | null {
    const columns = columnsOf(result);
    const partFirst = Math.round(part.startMs / this.#stepMs);
    const changedFrom = this.#columnStart(Math.min(partFirst, this.#last + 1));
    const before = new Map([...this.#series].map(([key, { ring }]) => [key, this.#chosen(ring, changedFrom)]));
    const drop = this.#move(Math.round(windowStartMs / this.#stepMs), Math.round(part.endMs / this.#stepMs));
    const fresh = this.#write(columns, partFirst);
    const remove = this.#forgetEmpty(fresh);
    const splice: Record<string, PanelSplice> = {};
    for (const [key, points] of before) {
      const now = this.#spliceOf(key, points, changedFrom);
      if (now !== undefined) {
        splice[key] = now;
      }
    }
    const set = Object.fromEntries(
      fresh.flatMap((key) => {
        const held = this.#series.get(key);
        return held === undefined ? [] : [[key, this.#whole(held)]];
      }),
    );
    return updateOf({ set, remove, splice, dropBefore: drop && before.size > remove.length ? windowStartMs : undefined });
  }

  /** Makes room for the new steps. Tells whether the range has left a column behind. */
  #move(first: number, last: number): boolean {
    const left = this.#last >= this.#first && first > this.#first;
    const newFrom = Math.max(this.#last + 1, first);
    const end = Math.max(last, this.#last);
    for (const { ring } of this.#series.values()) {
      ring.clear(newFrom, end);
    }
    this.#first = first;
    this.#last = end;
    return left;
  }

  /** Returns the keys of series that were not known. */
  #write(columns: ReadonlyMap<string, ResultColumn>, partFirst: number): string[] {
    const fresh: string[] = [];
    for (const [key, { labels, values }] of columns) {
      const known = this.#series.get(key);
      const held = known ?? { labels, ring: new StepRing(this.#capacity()) };
      held.ring.write(partFirst, values, values.length);
      if (known === undefined) {
        this.#series.set(key, held);
        fresh.push(key);
      }
    }
    for (const [key, { ring }] of this.#series) {
      if (!columns.has(key)) {
        ring.write(partFirst, NOTHING, this.#last - partFirst + 1);
      }
    }
    return fresh;
  }

  #capacity(): number {
    return Math.floor(this.#rangeMs / this.#stepMs) + 1 + this.#stepsAColumn;
  }

  #forgetEmpty(fresh: readonly string[]): string[] {
    const gone = [...this.#series].flatMap(([key, { ring }]) => (ring.hasAny(this.#first, this.#last) ? [] : [key]));
    for (const key of gone) {
      this.#series.delete(key);
    }
    return gone.filter((key) => !fresh.includes(key));
  }

  #spliceOf(key: string, before: readonly PanelPoint[], from: number): PanelSplice | undefined {
    const ring = this.#series.get(key)?.ring;
    const points = ring === undefined ? [] : this.#chosen(ring, Math.max(from, this.#first));
    const differs = before.findIndex(([time, value], i) => time !== points[i]?.[0] || !Object.is(value, points[i]?.[1]));
    const at = differs === -1 ? before.length : differs;
    const changed = [before[at], points[at]].flatMap((point) => (point === undefined ? [] : [point[0]]));
    return changed.length === 0 ? undefined : { from: Math.min(...changed), points: points.slice(at) };
  }

  #columnStart(step: number): number {
    return Math.max(this.#first, Math.floor(step / this.#stepsAColumn) * this.#stepsAColumn);
  }

  #whole({ labels, ring }: HeldSeries): PanelSeries {
    const points = this.#chosen(ring, this.#first);
    const begin = points.findIndex(([, value]) => value !== null);
    return { labels: labels.toJSON(), points: points.slice(Math.max(begin, 0)) };
  }

  /** The points of every column from the one that starts at a step on. */
  #chosen(ring: StepRing, from: number): PanelPoint[] {
    const points: PanelPoint[] = [];
    for (let start = from; start <= this.#last; start += this.#stepsAColumn) {
      this.#choose(ring, { start, end: Math.min(start + this.#stepsAColumn - 1, this.#last) }, points);
    }
    return points;
  }

  #choose(ring: StepRing, { start, end }: PresentSteps, points: PanelPoint[]): void {
    const at = (step: number, value: number | null): number => points.push([step * this.#stepMs, value]);
    if (ring.isGap(start) && start > this.#first && !ring.isGap(start - 1)) {
      at(start, null);
    }
    let known = -1;
    for (const step of ring.extremes(start, end)) {
      const gap = known === -1 ? -1 : ring.gapBetween(known, step);
      if (gap !== -1) {
        at(gap, null);
      }
      at(step, ring.get(step));
      known = step;
    }
    if (known !== -1 && known < end) {
      at(known + 1, null);
    }
  }
}

interface Changes {
  readonly set: Readonly<Record<string, PanelSeries>>;
  readonly remove: readonly string[];
  readonly splice: Readonly<Record<string, PanelSplice>>;
  readonly dropBefore: number | undefined;
}

function updateOf({ set, remove, splice, dropBefore }: Changes): PanelUpdate | null {
  const update: PanelUpdate = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(remove.length > 0 && { remove }),
    ...(Object.keys(splice).length > 0 && { splice }),
    ...(dropBefore !== undefined && { dropBefore }),
  };
  return Object.keys(update).length > 0 ? update : null;
}
