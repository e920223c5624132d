import { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import { type Bucket, bucketFraction, bucketQuantile } from '../../promql/functions/bucket-quantile.ts';
import { parseBound } from '../../promql/functions/histogram.ts';
import { advanceAll, type EngineOperator } from './operator-node.ts';
import { PlanContext, presentRows } from './plan-context.ts';
import { type ScalarNode, type Tick, VectorNode } from './plan-node.ts';

interface Histogram {
  readonly labels: Labels;
  /** Rows of the input by rising bound. */
  readonly rows: number[];
  readonly bounds: number[];
}

export type HistogramMeasure =
  | { readonly kind: 'quantile'; readonly quantile: ScalarNode }
  | { readonly kind: 'fraction'; readonly lower: ScalarNode; readonly upper: ScalarNode };

/** `histogram_quantile` and `histogram_fraction`: which rows are the buckets of which histogram is kept. */
export class HistogramNode extends VectorNode {
  readonly #input: VectorNode;
  readonly #measure: HistogramMeasure;
  readonly #operator: EngineOperator;
  readonly #context: PlanContext;
  readonly #histograms: Histogram[] = [];
  readonly #byLabels = new Map<string, Histogram>();
  /** Rows whose bound cannot be read. */
  readonly #malformed: number[] = [];
  readonly #buckets: Bucket[] = [];
  #seenEpoch = -1;
  #seenRows = 0;
  /** Whether the engine has something to say about an evaluation. */
  #isOdd = false;

  constructor(input: VectorNode, measure: HistogramMeasure, operator: EngineOperator) {
    super();
    this.#input = input;
    this.#measure = measure;
    this.#operator = operator;
    this.#context = new PlanContext({ ...operator, notes: this.notes, vectorOf: (node) => presentRows(node, ABSENT) });
  }

  override labelsAt(row: number): Labels {
    return this.#histograms[row]?.labels ?? Labels.EMPTY;
  }

  override dropsName(_row: number): boolean {
    return true;
  }

  protected override compute(tick: Tick): void {
    advanceAll(this.#operator.operands, tick);
    this.#follow();
    this.resize(this.#histograms.length);
    const { values } = this.#input;
    this.#isOdd =
      this.#malformed.some((row) => values[row] !== ABSENT) ||
      (this.#measure.kind === 'quantile' && !(this.#measure.quantile.value >= 0 && this.#measure.quantile.value <= 1));
    for (const [index, histogram] of this.#histograms.entries()) {
      const buckets = this.#bucketsOf(histogram, values);
      this.values[index] = buckets.length === 0 ? ABSENT : this.#measured(buckets);
    }
    if (this.#isOdd) {
      // Only for what it annotates: the values are the same.
      this.#operator.apply(this.#context.at(tick.timeMs));
    }
  }

  #measured(buckets: Bucket[]): number {
    const measure = this.#measure;
    if (measure.kind === 'fraction') {
      return bucketFraction(measure.lower.value, measure.upper.value, buckets);
    }
    const { value, forced } = bucketQuantile(measure.quantile.value, buckets);
    this.#isOdd ||= forced !== undefined;
    return value;
  }

  #bucketsOf({ rows, bounds }: Histogram, values: Float64Array): Bucket[] {
    const buckets = this.#buckets;
    buckets.length = 0;
    for (let i = 0; i < rows.length; i += 1) {
      const count = values[rows[i] ?? 0] ?? ABSENT;
      if (count !== ABSENT) {
        buckets.push({ upperBound: bounds[i] ?? Number.NaN, count });
      }
    }
    return buckets;
  }

  #follow(): void {
    const input = this.#input;
    if (input.epoch !== this.#seenEpoch) {
      this.#seenEpoch = input.epoch;
      this.#seenRows = 0;
      this.epoch += 1;
      this.#histograms.length = 0;
      this.#byLabels.clear();
      this.#malformed.length = 0;
    }
    for (; this.#seenRows < input.rows; this.#seenRows += 1) {
      this.#add(this.#seenRows, input.labelsAt(this.#seenRows));
    }
  }

  #add(row: number, series: Labels): void {
    const bound = parseBound(series.get('le'));
    if (bound === undefined) {
      this.#malformed.push(row);
      return;
    }
    const { rows, bounds } = this.#histogramOf(series.without(['le']));
    let at = rows.length;
    while (at > 0 && (bounds[at - 1] ?? 0) > bound) {
      at -= 1;
    }
    rows.splice(at, 0, row);
    bounds.splice(at, 0, bound);
  }

  #histogramOf(labels: Labels): Histogram {
    const known = this.#byLabels.get(labels.key);
    if (known !== undefined) {
      return known;
    }
    const fresh: Histogram = { labels, rows: [], bounds: [] };
    this.#byLabels.set(labels.key, fresh);
    this.#histograms.push(fresh);
    return fresh;
  }
}
