import { ABSENT, HOLE, STALE } from '../../model/sample.ts';
import { KahanSum } from '../../promql/evaluate/kahan.ts';
import { RangeNode } from './range-node.ts';
import type { GroupRows } from './watched-rows.ts';

interface Line {
  /** The index of the first value. */
  readonly start: number;
  readonly count: number;
  readonly sumX: number;
  readonly variance: number;
}

/**
 * `deriv`: the slope of the least squares line. What depends on times only is worked out once for all series that share them.
 * The arithmetic and its order are those of promql/functions/regression.ts.
 */
export class TrendNode extends RangeNode {
  #seconds: Float64Array = new Float64Array(64);

  protected override readGroup(rows: GroupRows, from: number, to: number): void {
    const { group } = rows;
    const { placedRows, placedColumns } = this.watched;
    const count = to - from;
    if (this.fromMs < rows.groupedAfterMs || count < 2) {
      super.readGroup(rows, from, to);
      return;
    }
    const { sumX, sumX2 } = this.#times(group.timestamps, from, to);
    const variance = sumX2 - (sumX * sumX) / count;
    const { values, stride, lastGap } = group;
    for (let i = rows.begin; i < rows.end; i += 1) {
      const column = placedColumns[i] ?? 0;
      const base = column * stride;
      const last = values[base + to - 1] ?? HOLE;
      const row = placedRows[i] ?? 0;
      if (last === HOLE || last === STALE || (lastGap[column] ?? 0) >= from) {
        this.values[row] = this.readGappy(rows, column, { from, to });
      } else {
        const slope = this.#slope(values, { start: base + from, count, sumX, variance });
        this.values[row] = slope === ABSENT ? this.readDense(rows, column, { from, to }) : slope;
      }
    }
  }

  #times(timestamps: Float64Array, from: number, to: number): { sumX: number; sumX2: number } {
    if (this.#seconds.length < to - from) {
      this.#seconds = new Float64Array((to - from) * 2);
    }
    const originMs = timestamps[from] ?? 0;
    const sumX = new KahanSum();
    const sumX2 = new KahanSum();
    for (let slot = from; slot < to; slot += 1) {
      const x = ((timestamps[slot] ?? 0) - originMs) / 1000;
      this.#seconds[slot - from] = x;
      sumX.add(x);
      sumX2.add(x * x);
    }
    return { sumX: sumX.value, sumX2: sumX2.value };
  }

  /** ABSENT for what has to be left to the engine's own code: constants and what is not finite. */
  #slope(values: Float64Array, { start, count, sumX, variance }: Line): number {
    const seconds = this.#seconds;
    const first = values[start] ?? 0;
    let sumY = 0;
    let errorY = 0;
    let sumXY = 0;
    let errorXY = 0;
    let isConstant = true;
    for (let i = 0; i < count; i += 1) {
      const y = values[start + i] ?? 0;
      isConstant &&= y === first;
      const nextY = sumY + y;
      const partY = nextY - sumY;
      errorY += sumY - (nextY - partY) + (y - partY);
      sumY = nextY;
      const product = (seconds[i] ?? 0) * y;
      const nextXY = sumXY + product;
      const partXY = nextXY - sumXY;
      errorXY += sumXY - (nextXY - partXY) + (product - partXY);
      sumXY = nextXY;
    }
    const y = sumY + errorY;
    const xy = sumXY + errorXY;
    if (isConstant || !Number.isFinite(y) || !Number.isFinite(xy)) {
      return ABSENT;
    }
    return (xy - (sumX * y) / count) / variance;
  }
}
