import { ABSENT } from '../../model/sample.ts';
import type { SeriesSamples } from '../../model/series-store.ts';
import type { AtModifier, Expr, MatrixSelector, Span, Subquery, Unary, VectorSelector } from '../ast.ts';
import { answerTooLarge, lineAndColumn, QueryLimitError } from '../errors.ts';
import { callFunction, callRows } from '../functions/functions.ts';
import { evaluateAggregate } from './aggregate.ts';
import { chainRows, evaluateChain } from './binary.ts';
import { pinnedTime, subqueryGrid, type WindowSettings } from './fetch.ts';
import { materialize, type RowSource, rowsOf } from './row-source.ts';
import { labelsAt } from './rows.ts';
import { instantRows } from './selector.ts';
import type { KnownVector } from './share-part.ts';
import type { EvaluationContext, Grid, RangeValue, Value, VectorValue } from './values.ts';

/** What all evaluators of one query share. */
export interface QueryState {
  readonly text: string;
  readonly settings: WindowSettings;
  readonly samplesOf: (selector: VectorSelector) => readonly SeriesSamples[];
  readonly checkpoint: () => void;
  readonly maxSamples: number;
  /** Points held so far; counted up. */
  samples: number;
  readonly maxTextBytes: number;
  /** Text of label sets made so far; counted up. */
  textBytes: number;
  readonly warnings: Set<string>;
  readonly infos: Set<string>;
  /** What has been computed before, in shares: it is not computed again. */
  readonly known?: ReadonlyMap<Expr, KnownValue>;
}

export interface KnownValue extends KnownVector {
  readonly warnings: Iterable<string>;
  readonly infos: Iterable<string>;
}

/** Evaluates expressions over one grid. A subquery gets an evaluator of its own over its finer grid. */
export class Evaluator implements EvaluationContext {
  readonly grid: Grid;
  readonly query: EvaluationContext['query'];
  readonly #state: QueryState;

  constructor(state: QueryState, grid: Grid) {
    this.grid = grid;
    this.query = state.settings.query;
    this.#state = state;
  }

  evaluate(expr: Expr): Value {
    this.checkpoint();
    const known = this.#known(expr);
    if (known !== undefined) {
      const value = known.vector();
      this.count(value.labels.length);
      return value;
    }
    switch (expr.kind) {
      case 'number':
        return { kind: 'scalar', values: new Float64Array(this.grid.steps).fill(expr.value) };
      case 'string':
        return { kind: 'string', value: expr.value };
      case 'paren':
        return this.evaluate(expr.expr);
      case 'vectorSelector':
        return materialize(this, this.rows(expr));
      case 'unary':
        return this.#unary(expr);
      case 'binary':
        return evaluateChain(this, expr);
      case 'aggregate':
        return evaluateAggregate(this, expr);
      case 'call':
        return callFunction(this, expr);
      case 'matrixSelector':
      case 'subquery':
        throw new TypeError('a range vector is evaluated by range()');
    }
  }

  vector(expr: Expr): VectorValue {
    const value = this.evaluate(expr);
    if (value.kind !== 'vector') {
      throw new TypeError(`expected an instant vector, got a ${value.kind}`);
    }
    return value;
  }

  rows(expr: Expr): RowSource {
    this.checkpoint();
    const known = this.knownRows(expr);
    if (known !== undefined) {
      return known;
    }
    switch (expr.kind) {
      case 'paren':
        return this.rows(expr.expr);
      case 'vectorSelector':
        return this.#instants(expr, 'value');
      case 'binary':
        return chainRows(this, expr);
      case 'call':
        return callRows(this, expr) ?? rowsOf(this.vector(expr), this.grid.steps);
      default:
        return rowsOf(this.vector(expr), this.grid.steps);
    }
  }

  knownRows(expr: Expr): RowSource | undefined {
    return this.#known(expr)?.rows;
  }

  scalar(expr: Expr): Float64Array {
    const value = this.evaluate(expr);
    if (value.kind !== 'scalar') {
      throw new TypeError(`expected a scalar, got a ${value.kind}`);
    }
    return value.values;
  }

  range(expr: Expr): RangeValue {
    switch (expr.kind) {
      case 'paren':
        return this.range(expr.expr);
      case 'matrixSelector':
        return this.#matrix(expr);
      case 'subquery':
        return this.#subquery(expr);
      default:
        throw new TypeError(`expected a range vector, got ${expr.kind}`);
    }
  }

  sampleTimes(selector: VectorSelector): VectorValue {
    return materialize(this, this.#instants(selector, 'time'));
  }

  annotate(level: 'warning' | 'info', text: string, span: Span): void {
    const { line, column } = lineAndColumn(this.#state.text, span.start);
    const target = level === 'warning' ? this.#state.warnings : this.#state.infos;
    tell(target, `PromQL ${level}: ${text} (${line}:${column})`);
  }

  allocate(rows: number): Float64Array {
    this.count(rows);
    return new Float64Array(rows * this.grid.steps);
  }

  count(rows: number): void {
    this.#state.samples += rows * this.grid.steps;
    if (this.#state.samples > this.#state.maxSamples) {
      throw new QueryLimitError('samples', 'query processing would load too many samples into memory in query execution');
    }
  }

  countText(bytes: number): void {
    this.#state.textBytes += bytes;
    if (this.#state.textBytes > this.#state.maxTextBytes) {
      throw answerTooLarge(this.#state.maxTextBytes);
    }
  }

  checkpoint(): void {
    this.#state.checkpoint();
  }

  #instants(selector: VectorSelector, take: 'value' | 'time'): RowSource {
    const pinned = this.#pinned(selector.at);
    const windows = {
      firstEndMs: (pinned ?? this.grid.startMs) - selector.offsetMs,
      stepMs: pinned === null ? this.grid.stepMs : 0,
      steps: this.grid.steps,
      rangeMs: this.#state.settings.lookbackMs,
    };
    return instantRows(this.#state.samplesOf(selector), windows, take);
  }

  #matrix(expr: MatrixSelector): RangeValue {
    const series = this.#state.samplesOf(expr.selector);
    return {
      series,
      dropName: new Array<boolean>(series.length).fill(false),
      rangeMs: expr.rangeMs,
      offsetMs: expr.selector.offsetMs,
      atMs: this.#pinned(expr.selector.at),
    };
  }

  #subquery(expr: Subquery): RangeValue {
    const grid = subqueryGrid(expr, this.grid, this.#state.settings);
    const inner = new Evaluator(this.#state, grid);
    // One row for the times, and so that a subquery of very many steps is refused before anything is allocated.
    inner.count(1);
    const value = inner.vector(expr.expr);
    const every = new Float64Array(grid.steps);
    for (let step = 0; step < grid.steps; step += 1) {
      every[step] = grid.startMs + step * grid.stepMs;
    }
    const series = value.labels.map((_, row) => ({
      labels: labelsAt(value, row),
      timestamps: every,
      values: value.data.subarray(row * grid.steps, (row + 1) * grid.steps),
    }));
    return {
      series,
      dropName: value.dropName,
      rangeMs: expr.rangeMs,
      offsetMs: expr.offsetMs,
      atMs: this.#pinned(expr.at),
    };
  }

  #unary(expr: Unary): Value {
    const value = this.evaluate(expr.expr);
    if (expr.op === '+' || value.kind === 'string') {
      return value;
    }
    if (value.kind === 'scalar') {
      return { kind: 'scalar', values: value.values.map((v) => -v) };
    }
    const data = value.data.map((v) => (v === ABSENT ? ABSENT : -v));
    return { kind: 'vector', labels: value.labels, dropName: value.labels.map(() => true), data };
  }

  #known(expr: Expr): KnownValue | undefined {
    const known = this.#state.known?.get(expr);
    for (const warning of known?.warnings ?? []) {
      tell(this.#state.warnings, warning);
    }
    for (const info of known?.infos ?? []) {
      tell(this.#state.infos, info);
    }
    return known;
  }

  #pinned(at: AtModifier | null): number | null {
    return pinnedTime(at, this.query);
  }
}

/** Equal annotations are told once, at the place that was last: Prometheus tells them apart by their text alone. */
function tell(annotations: Set<string>, annotation: string): void {
  const head = annotation.replace(/ \(\d+:\d+\)$/, '').replace(/, from buckets .*$/s, '');
  for (const known of annotations) {
    if (known.startsWith(`${head} (`) || known.startsWith(`${head}, from buckets `)) {
      annotations.delete(known);
    }
  }
  annotations.add(annotation);
}
