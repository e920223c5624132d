/** How a group's slots went since the start. */
export interface SlotFigures {
  /** Slots that were never evaluated, because a later one was due already. */
  readonly missedSlots: number;
  /** Slots whose evaluation began more than an interval after their time: a source was slow, or Tila was. */
  readonly lateSlots: number;
  /** How long the last evaluation of all rules took, their writes included. */
  readonly lastMs: number | null;
  /** How long after its time the last slot began. */
  readonly lagMs: number | null;
}

/** Counts slots and how far they were from their time. */
export class SlotTally {
  readonly #intervalMs: number;
  #figures: SlotFigures = { missedSlots: 0, lateSlots: 0, lastMs: null, lagMs: null };

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  get figures(): SlotFigures {
    return this.#figures;
  }

  /** A slot begins, after `previous` if there was one. */
  begin(slot: number, { previous, now }: { readonly previous: number | null; readonly now: number }): void {
    const isFirst = previous === null || !Number.isFinite(previous);
    const passed = isFirst ? 1 : (slot - previous) / this.#intervalMs;
    const lagMs = Math.max(now - slot, 0);
    this.#figures = {
      ...this.#figures,
      missedSlots: this.#figures.missedSlots + Math.max(passed - 1, 0),
      lateSlots: this.#figures.lateSlots + (lagMs > this.#intervalMs ? 1 : 0),
      lagMs,
    };
  }

  end(tookMs: number): void {
    this.#figures = { ...this.#figures, lastMs: tookMs };
  }

  /** Goes on from the counts of the group this one replaces. */
  adopt({ figures }: SlotTally): void {
    this.#figures = { ...this.#figures, missedSlots: figures.missedSlots, lateSlots: figures.lateSlots };
  }
}
