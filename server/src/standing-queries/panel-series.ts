import type { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import type { EvaluationRange, QueryResult } from '../promql/engine.ts';
import { columnsOf, type PanelPoint, type PanelResult, type PanelSeries, type PanelUpdate } from './panel-result.ts';

interface HeldSeries {
  readonly labels: Labels;
  /** By time; only what is there. */
  readonly points: Map<number, number>;
}

/** A panel's result with a point for every step. */
export class PanelSteps implements PanelResult {
  readonly #rangeMs: number;
  readonly #stepMs: number;
  readonly #series = new Map<string, HeldSeries>();
  #range: EvaluationRange = { startMs: 0, endMs: 0, stepMs: 1 };

  constructor({ rangeMs, stepMs }: { readonly rangeMs: number; readonly stepMs: number }) {
    this.#rangeMs = rangeMs;
    this.#stepMs = stepMs;
  }

  windowStart(endMs: number): number {
    return endMs - Math.floor(this.#rangeMs / this.#stepMs) * this.#stepMs;
  }

  /** Every series with a point for every step. */
  snapshot(): Record<string, PanelSeries> {
    return Object.fromEntries([...this.#series].map(([key, series]) => [key, this.#whole(series)]));
  }

  merge(result: QueryResult, part: EvaluationRange, windowStartMs: number): PanelUpdate | null {
    this.#range = { startMs: windowStartMs, endMs: Math.max(part.endMs, this.#range.endMs), stepMs: part.stepMs };
    const columns = columnsOf(result);
    const known = new Set(this.#series.keys());
    const fresh: string[] = [];
    const append: Record<string, readonly PanelPoint[]> = {};
    for (const [key, { labels, values }] of columns) {
      const held = this.#series.get(key) ?? { labels, points: new Map<number, number>() };
      const changed = write(held.points, values, part);
      if (known.has(key)) {
        addChanges(append, key, changed);
      } else if (held.points.size > 0) {
        this.#series.set(key, held);
        fresh.push(key);
      }
    }
    for (const [key, held] of this.#series) {
      if (!columns.has(key)) {
        addChanges(append, key, write(held.points, NOTHING, part));
      }
    }
    const remove = this.#forgetBefore(windowStartMs);
    for (const key of remove) {
      delete append[key];
    }
    const set = Object.fromEntries(
      fresh.flatMap((key) => {
        const held = this.#series.get(key);
        return held === undefined ? [] : [[key, this.#whole(held)]];
      }),
    );
    return assembleUpdate(set, remove, append);
  }

  #forgetBefore(windowStartMs: number): string[] {
    const gone: string[] = [];
    for (const [key, { points }] of this.#series) {
      for (const time of points.keys()) {
        if (time < windowStartMs) {
          points.delete(time);
        }
      }
      if (points.size === 0) {
        this.#series.delete(key);
        gone.push(key);
      }
    }
    return gone;
  }

  #whole({ labels, points }: HeldSeries): PanelSeries {
    const { startMs, endMs, stepMs } = this.#range;
    const steps = Math.floor((endMs - startMs) / stepMs) + 1;
    const all = Array.from({ length: steps }, (_, step): PanelPoint => {
      const time = startMs + step * stepMs;
      return [time, shown(points.get(time))];
    });
    return { labels: labels.toJSON(), points: all };
  }
}

const NOTHING = new Float64Array(0);

/** Writes a column over the held points. Returns the times whose shown value changed. */
function write(points: Map<number, number>, values: Float64Array, { startMs, endMs, stepMs }: EvaluationRange): PanelPoint[] {
  const changed: PanelPoint[] = [];
  for (let time = startMs, step = 0; time <= endMs; time += stepMs, step += 1) {
    const value = values[step] ?? ABSENT;
    const before = points.get(time);
    const now = value === ABSENT ? undefined : value;
    if (now === undefined) {
      points.delete(time);
    } else {
      points.set(time, now);
    }
    if (!Object.is(shown(before), shown(now))) {
      changed.push([time, shown(now)]);
    }
  }
  return changed;
}

function shown(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function addChanges(append: Record<string, readonly PanelPoint[]>, key: string, changed: readonly PanelPoint[]): void {
  if (changed.length > 0) {
    append[key] = changed;
  }
}

function assembleUpdate(
  set: Record<string, PanelSeries>,
  remove: readonly string[],
  append: Record<string, readonly PanelPoint[]>,
): PanelUpdate | null {
  const update: PanelUpdate = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(remove.length > 0 && { remove }),
    ...(Object.keys(append).length > 0 && { append }),
  };
  return Object.keys(update).length > 0 ? update : null;
}
