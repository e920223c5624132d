import type { SeriesPoint } from './rule-series.ts';

/** What the rules of a group have made in one slot and nobody can read yet. */
export class UnwrittenPoints {
  #points: SeriesPoint[] = [];
  readonly #names = new Set<string>();

  add(points: readonly SeriesPoint[]): void {
    for (const point of points) {
      this.#points.push(point);
      this.#names.add(point.labels.metricName);
    }
  }

  /** Whether a rule that reads these metrics, or any for `null`, would miss something. */
  mayBeReadBy(names: ReadonlySet<string> | null): boolean {
    return this.#points.length > 0 && (names === null || !names.isDisjointFrom(this.#names));
  }

  take(): readonly SeriesPoint[] {
    const taken = this.#points;
    this.#points = [];
    this.#names.clear();
    return taken;
  }
}
