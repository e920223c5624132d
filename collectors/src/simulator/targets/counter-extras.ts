import type { Environment } from '../estate/estate.ts';
import { EPOCH_MS } from '../model/daily-load.ts';
import type { EffectTimeline } from '../scenarios/effect-timeline.ts';
import { HEALTHY } from '../scenarios/entity-state.ts';
import { CELL_MS } from '../scenarios/scenario-runs.ts';
import type { Basis, Coefficients, Grow } from './series.ts';

export interface ExtrasInput {
  readonly timeline: EffectTimeline;
  readonly environment: Environment;
  readonly entity: string;
  /** Counted from 1. */
  readonly instance: number;
  readonly counters: readonly Grow[];
  readonly basisAt: (ms: number) => Basis;
}

interface Cell {
  readonly basis: Basis;
  /** Growth per unit of the basis beyond the healthy growth, one for each counter. */
  readonly excess: readonly Coefficients[];
  /** The extra of each counter where the cell begins. */
  readonly before: Float64Array;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cells: readonly Cell[];
  readonly after: Float64Array;
}

/**
 * What scenarios add to (or take from) a target's counters. Inside a scenario's window time is cut into cells; in a cell the
 * state is that of its middle and growth is linear in the basis, so a counter never falls, whatever the effects do.
 * Outside the windows it costs nothing.
 */
export class CounterExtras {
  readonly #input: ExtrasInput;
  readonly #spans: readonly Span[];

  constructor(input: ExtrasInput) {
    this.#input = input;
    this.#spans = this.#build();
  }

  /** The extra of one counter at a moment whose basis is given. */
  at(counter: number, basis: Basis): number {
    const ms = EPOCH_MS + basis.time * 1000;
    const span = this.#spans.findLast(({ fromMs }) => fromMs <= ms);
    if (span === undefined) {
      return 0;
    }
    const cell = span.cells[Math.floor((ms - span.fromMs) / CELL_MS)];
    if (cell === undefined) {
      return span.after[counter] ?? 0;
    }
    return (cell.before[counter] ?? 0) + grown(cell.excess[counter] ?? {}, cell.basis, basis);
  }

  #build(): readonly Span[] {
    const { timeline, environment, entity, counters } = this.#input;
    const healthy = counters.map((grow) => grow(HEALTHY));
    let totals = new Float64Array(counters.length);
    return timeline.windows(environment, entity).map((window) => {
      const fromMs = Math.floor(window.fromMs / CELL_MS) * CELL_MS;
      const count = Math.ceil((window.toMs - fromMs) / CELL_MS);
      const cells: Cell[] = [];
      for (let i = 0; i < count; i += 1) {
        const cell = this.#cell(fromMs + i * CELL_MS, { healthy, before: totals });
        cells.push(cell);
        const end = this.#input.basisAt(fromMs + (i + 1) * CELL_MS);
        totals = totals.map((total, index) => total + grown(cell.excess[index] ?? {}, cell.basis, end));
      }
      return { fromMs, toMs: window.toMs, cells, after: totals };
    });
  }

  #cell(fromMs: number, from: { readonly healthy: readonly Coefficients[]; readonly before: Float64Array }): Cell {
    const { timeline, environment, entity, instance, counters, basisAt } = this.#input;
    const state = timeline.stateAt(environment, entity, { ms: fromMs + CELL_MS / 2, instance });
    const excess = counters.map((grow, index) => minus(grow(state), from.healthy[index] ?? {}));
    return { basis: basisAt(fromMs), excess, before: from.before };
  }
}

/** The growth between two values of the basis. */
export function grown(rate: Coefficients, from: Basis, to: Basis): number {
  return (
    (rate.load ?? 0) * (to.load - from.load) +
    (rate.slow ?? 0) * (to.slow - from.slow) +
    (rate.failed ?? 0) * (to.failed - from.failed) +
    (rate.time ?? 0) * (to.time - from.time)
  );
}

function minus(a: Coefficients, b: Coefficients): Coefficients {
  return {
    load: (a.load ?? 0) - (b.load ?? 0),
    slow: (a.slow ?? 0) - (b.slow ?? 0),
    failed: (a.failed ?? 0) - (b.failed ?? 0),
    time: (a.time ?? 0) - (b.time ?? 0),
  };
}
