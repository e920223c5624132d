import { Labels as LabelSet, type Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Expr, Span } from '../../promql/ast.ts';
import type { Annotations, QueryResult } from '../../promql/engine.ts';
import { EvaluationError, lineAndColumn } from '../../promql/errors.ts';
import { withoutMetadata } from '../../promql/evaluate/rows.ts';
import { SAME_LABELSET } from '../../promql/evaluate/values.ts';
import { type PlanNode, ScalarNode, spansOf, type Tick, VectorNode } from './plan-node.ts';
import { SelectorNode } from './selector-node.ts';
import { UniqueLabels } from './unique-labels.ts';

/** Where a node stands in one text. */
export interface PlanSite {
  readonly node: PlanNode;
  readonly expr: Expr;
}

/** The points of an instant vector, side by side, in the order of the evaluation. */
export interface PlanPoints {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
}

/** One expression over the nodes it shares with others. */
export class Plan {
  readonly root: PlanNode;
  readonly sites: readonly PlanSite[];
  readonly leaves: readonly SelectorNode[];
  readonly #text: string;
  readonly #unique: UniqueLabels;
  #seenEpoch = -1;

  constructor(text: string, root: PlanNode, sites: readonly PlanSite[]) {
    this.root = root;
    this.sites = sites;
    this.leaves = [...new Set(sites.map(({ node }) => node).filter((node) => node instanceof SelectorNode))];
    this.#text = text;
    this.#unique = new UniqueLabels((row) => this.#shown(row));
  }

  /** Rows that leaves read at each tick. */
  get rows(): number {
    return this.leaves.reduce((sum, leaf) => sum + leaf.rows, 0);
  }

  /** Reads what the evaluation needs from outside memory; `null` when everything is there. */
  prepare(timeMs: number, signal?: AbortSignal): Promise<unknown> | null {
    const reads = this.leaves.map((leaf) => leaf.prepare(timeMs, signal)).filter((read) => read !== null);
    return reads.length === 0 ? null : Promise.all(reads);
  }

  /** @throws EvaluationError as the engine does */
  evaluate(tick: Tick): QueryResult {
    this.root.advance(tick);
    const annotations = this.#annotations();
    if (this.root instanceof ScalarNode) {
      return { kind: 'scalar', values: Float64Array.of(this.root.value), annotations };
    }
    const { labels, values } = this.#points();
    const series = labels.map((each, index) => ({ labels: each, values: values.subarray(index, index + 1) }));
    return { kind: 'vector', series, annotations };
  }

  #points(): PlanPoints {
    const { root } = this;
    if (!(root instanceof VectorNode)) {
      return { labels: [], values: new Float64Array(0) };
    }
    if (root.epoch !== this.#seenEpoch) {
      this.#seenEpoch = root.epoch;
      this.#unique.clear();
    }
    this.#unique.begin(root.rows);
    const labels: Labels[] = [];
    const values: number[] = [];
    for (let row = 0; row < root.rows; row += 1) {
      const value = root.values[row] ?? ABSENT;
      if (value !== ABSENT) {
        if (!this.#unique.take(row)) {
          throw new EvaluationError(SAME_LABELSET);
        }
        labels.push(this.#unique.at(row));
        values.push(value);
      }
    }
    return { labels, values: Float64Array.from(values) };
  }

  #shown(row: number): Labels {
    if (!(this.root instanceof VectorNode)) {
      return LabelSet.EMPTY;
    }
    const labels = this.root.labelsAt(row);
    return this.root.dropsName(row) ? withoutMetadata(labels) : labels;
  }

  #annotations(): Annotations {
    const warnings = new Set<string>();
    const infos = new Set<string>();
    for (const { node, expr } of this.sites) {
      if (node.notes.length > 0) {
        const spans = spansOf(expr);
        for (const { level, text, site } of node.notes) {
          (level === 'warning' ? warnings : infos).add(`PromQL ${level}: ${text} ${this.#place(spans[site] ?? expr.span)}`);
        }
      }
    }
    return { warnings: [...warnings].sort(), infos: [...infos].sort() };
  }

  #place(span: Span): string {
    const { line, column } = lineAndColumn(this.#text, span.start);
    return `(${line}:${column})`;
  }
}
