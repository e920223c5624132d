import { Labels as LabelSet, type Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Expr, Span } from '../../promql/ast.ts';
import type { Annotations } from '../../promql/engine.ts';
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

/**
 * An answer for one time. The points of a vector lie side by side, in the order of the evaluation; while the same series have
 * points, `labels` is the same array.
 */
export type InstantAnswer =
  | { readonly kind: 'scalar'; readonly value: number; readonly annotations: Annotations }
  | {
      readonly kind: 'vector';
      readonly labels: readonly Labels[];
      readonly values: Float64Array;
      readonly annotations: Annotations;
    };

const NOTHING_SAID: Annotations = { warnings: [], infos: [] };

/** One expression over the nodes it shares with others. */
export class Plan {
  readonly root: PlanNode;
  readonly sites: readonly PlanSite[];
  readonly leaves: readonly SelectorNode[];
  readonly #text: string;
  readonly #unique: UniqueLabels;
  #seenEpoch = -1;
  /** The rows that had points last, and their labels. */
  readonly #present: number[] = [];
  #labels: readonly Labels[] = [];

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
    let reads: Promise<void>[] | null = null;
    for (const leaf of this.leaves) {
      const read = leaf.prepare(timeMs, signal);
      if (read !== null) {
        reads ??= [];
        reads.push(read);
      }
    }
    return reads === null ? null : Promise.all(reads);
  }

  /** @throws EvaluationError as the engine does */
  evaluate(tick: Tick): InstantAnswer {
    const { root } = this;
    root.advance(tick);
    const annotations = this.#annotations();
    if (root instanceof ScalarNode) {
      return { kind: 'scalar', value: root.value, annotations };
    }
    if (!(root instanceof VectorNode)) {
      throw new TypeError('a plan gives a vector or a scalar');
    }
    return { kind: 'vector', ...this.#points(root), annotations };
  }

  #points(root: VectorNode): { readonly labels: readonly Labels[]; readonly values: Float64Array } {
    if (root.epoch !== this.#seenEpoch) {
      this.#seenEpoch = root.epoch;
      this.#unique.clear();
      this.#present.length = 0;
    }
    this.#unique.begin(root.rows);
    const present = this.#present;
    const values: number[] = [];
    let isSame = true;
    for (let row = 0; row < root.rows; row += 1) {
      const value = root.values[row] ?? ABSENT;
      if (value !== ABSENT) {
        if (!this.#unique.take(row)) {
          // What is kept of the rows before no longer fits their labels.
          present.length = 0;
          this.#labels = [];
          throw new EvaluationError(SAME_LABELSET);
        }
        isSame &&= present[values.length] === row;
        present[values.length] = row;
        values.push(value);
      }
    }
    if (!isSame || this.#labels.length !== values.length) {
      present.length = values.length;
      this.#labels = present.map((row) => this.#unique.at(row));
    }
    return { labels: this.#labels, values: new Float64Array(values) };
  }

  #shown(row: number): Labels {
    if (!(this.root instanceof VectorNode)) {
      return LabelSet.EMPTY;
    }
    const labels = this.root.labelsAt(row);
    return this.root.dropsName(row) ? withoutMetadata(labels) : labels;
  }

  #annotations(): Annotations {
    if (this.sites.every(({ node }) => node.notes.length === 0)) {
      return NOTHING_SAID;
    }
    // Equal ones are told once, at the place that was last, as the engine does.
    const told = { warning: new Map<string, string>(), info: new Map<string, string>() };
    for (const { node, expr } of this.sites) {
      if (node.notes.length > 0) {
        const spans = spansOf(expr);
        for (const { level, text, site } of node.notes) {
          const head = text.replace(/, from buckets .*$/s, '');
          told[level].set(head, `PromQL ${level}: ${text} ${this.#place(spans[site] ?? expr.span)}`);
        }
      }
    }
    return { warnings: [...told.warning.values()].sort(), infos: [...told.info.values()].sort() };
  }

  #place(span: Span): string {
    const { line, column } = lineAndColumn(this.#text, span.start);
    return `(${line}:${column})`;
  }
}
