import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import type { Expr, Span, VectorSelector } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { RowSource } from './row-source.ts';

/** The steps an expression is evaluated at: `startMs + i * stepMs` for i below `steps`. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** The end that was asked for, which need not be a step; the last step when not given. */
  readonly endMs?: number;
}

/**
 * An instant vector over all steps of a grid: one row a series, `data[row * steps + step]`, `ABSENT` where there is no point.
 * `dropName` marks rows whose metric name goes away at the end (Prometheus' delayed name removal).
 */
export interface VectorValue {
  readonly kind: 'vector';
  readonly labels: readonly Labels[];
  readonly dropName: readonly boolean[];
  readonly data: Float64Array;
}

export interface ScalarValue {
  readonly kind: 'scalar';
  /** One value a step, never ABSENT. */
  readonly values: Float64Array;
}

export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}

export type Value = VectorValue | ScalarValue | StringValue;

/** A range vector's samples and the window each step looks at. */
export interface RangeValue {
  /** Staleness markers may be among the samples: `withoutStale` takes them out. */
  readonly series: readonly SeriesSamples[];
  readonly dropName: readonly boolean[];
  readonly rangeMs: number;
  readonly offsetMs: number;
  /** Set when `@` pins the window: then it does not move with the steps. */
  readonly atMs: number | null;
}

/** What a function or operator may ask of the evaluation it is part of. */
export interface EvaluationContext {
  readonly grid: Grid;
  /** Start, end and step of the whole query, also inside a subquery. The step is 0 for an instant query. */
  readonly query: { readonly startMs: number; readonly endMs: number; readonly stepMs: number };
  evaluate(expr: Expr): Value;
  vector(expr: Expr): VectorValue;
  /** An instant vector to be computed row by row. A context that holds its vectors leaves it out: see `rowsFrom`. */
  rows?(expr: Expr): RowSource;
  /** The rows of an expression that has been computed before. */
  knownRows?(expr: Expr): RowSource | undefined;
  scalar(expr: Expr): Float64Array;
  range(expr: Expr): RangeValue;
  /** Like `vector` of the selector, with each sample's own timestamp in seconds instead of its value. */
  sampleTimes(selector: VectorSelector): VectorValue;
  annotate(level: 'warning' | 'info', text: string, span: Span): void;
  /** A new block of rows, all ABSENT, counted against the query's sample limit. */
  allocate(rows: number): Float64Array;
  /** Throws when the query was cancelled or ran out of time. Call it now and then in long loops. */
  checkpoint(): void;
  /** Counts rows made without `allocate` against the query's sample limit. */
  count(rows: number): void;
  /** Counts text of label sets that is about to be made against the query's limit of bytes. */
  countText(bytes: number): void;
}

export const SAME_LABELSET = 'vector cannot contain metrics with the same labelset';

/** Collects points into rows by label set; two points of one label set at one step are an error. */
export class RowBuilder {
  readonly #steps: number;
  readonly #rows = new Map<string, number>();
  readonly #labels: Labels[] = [];
  readonly #dropName: boolean[] = [];
  readonly #counter: Pick<EvaluationContext, 'count'> | undefined;
  #data: Float64Array;

  /** Each new row is told to the counter. */
  constructor(steps: number, counter?: Pick<EvaluationContext, 'count'>) {
    this.#steps = steps;
    this.#counter = counter;
    this.#data = new Float64Array(steps * 16).fill(ABSENT);
  }

  /** The row of a label set, made when it is new. */
  row(labels: Labels, dropName: boolean): number {
    const known = this.#rows.get(labels.key);
    if (known !== undefined) {
      return known;
    }
    this.#counter?.count(1);
    const row = this.#labels.length;
    this.#rows.set(labels.key, row);
    this.#labels.push(labels);
    this.#dropName.push(dropName);
    if ((row + 1) * this.#steps > this.#data.length) {
      const grown = new Float64Array(this.#data.length * 2).fill(ABSENT);
      grown.set(this.#data);
      this.#data = grown;
    }
    return row;
  }

  /** @throws EvaluationError when the row has a point at this step already. */
  put(row: number, step: number, value: number): void {
    const index = row * this.#steps + step;
    if (this.#data[index] !== ABSENT) {
      throw new EvaluationError(SAME_LABELSET);
    }
    this.#data[index] = value;
  }

  /** Adds to the point of the row at this step, which starts at zero. */
  add(row: number, step: number, value: number): void {
    const index = row * this.#steps + step;
    const before = this.#data[index] ?? ABSENT;
    this.#data[index] = before === ABSENT ? value : before + value;
  }

  build(): VectorValue {
    const data = this.#data.subarray(0, this.#labels.length * this.#steps);
    return { kind: 'vector', labels: this.#labels, dropName: this.#dropName, data };
  }
}
