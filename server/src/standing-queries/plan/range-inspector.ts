import type { Labels } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Call, Expr } from '../../promql/ast.ts';
import { isQuantile } from '../../promql/evaluate/quantile.ts';
import type { RangeFunction } from '../../promql/evaluate/range-function.ts';
import { PlanContext } from './plan-context.ts';
import type { Note, ScalarNode, VectorNode } from './plan-node.ts';

export interface InspectedCall {
  readonly call: Call;
  readonly rangeArg: Expr;
  readonly scalarArgs: readonly Expr[];
  readonly scalars: readonly ScalarNode[];
  readonly implementation: RangeFunction;
}

/**
 * Annotates results of range functions as the engine does, without looking at every label set each time: what it says of a
 * metric's name is asked once, what it says of a parameter only where there is something to say.
 */
export class RangeInspector {
  readonly #inspected: InspectedCall;
  readonly #notes: Note[];
  readonly #verdicts = new Map<string, boolean>();
  readonly #suspects: number[] = [];
  #seenEpoch = -1;
  #seenRows = 0;

  constructor(inspected: InspectedCall, notes: Note[]) {
    this.#inspected = inspected;
    this.#notes = notes;
  }

  inspect(node: VectorNode, timeMs: number): void {
    if (this.#inspected.scalars.length > 0) {
      this.#inspectParameters(node, timeMs);
      return;
    }
    this.#follow(node, timeMs);
    const present = this.#suspects.filter((row) => node.values[row] !== ABSENT);
    if (present.length > 0) {
      this.#ask(
        present.map((row) => node.labelsAt(row)),
        { timeMs, notes: this.#notes },
      );
    }
  }

  #inspectParameters(node: VectorNode, timeMs: number): void {
    if (this.#inspected.scalars.every(({ value }) => isQuantile(value))) {
      return;
    }
    const first = node.values.subarray(0, node.rows).findIndex((value) => value !== ABSENT);
    if (first >= 0) {
      this.#ask([node.labelsAt(first)], { timeMs, notes: this.#notes });
    }
  }

  #follow(node: VectorNode, timeMs: number): void {
    if (node.epoch !== this.#seenEpoch) {
      this.#seenEpoch = node.epoch;
      this.#seenRows = 0;
      this.#suspects.length = 0;
    }
    for (; this.#seenRows < node.rows; this.#seenRows += 1) {
      if (this.#isSuspect(node.labelsAt(this.#seenRows), timeMs)) {
        this.#suspects.push(this.#seenRows);
      }
    }
  }

  #isSuspect(labels: Labels, timeMs: number): boolean {
    const name = labels.metricName;
    let verdict = this.#verdicts.get(name);
    if (verdict === undefined) {
      const notes: Note[] = [];
      this.#ask([labels], { timeMs, notes });
      verdict = notes.length > 0;
      this.#verdicts.set(name, verdict);
    }
    return verdict;
  }

  #ask(labels: readonly Labels[], { timeMs, notes }: { readonly timeMs: number; readonly notes: Note[] }): void {
    const { call, rangeArg, scalarArgs, scalars, implementation } = this.#inspected;
    const context = new PlanContext({ expr: call, notes, operands: new Map(), vectorOf: noRows });
    implementation.inspect?.({
      context: context.at(timeMs),
      call,
      rangeArg,
      result: { kind: 'vector', labels, dropName: labels.map(() => true), data: new Float64Array(labels.length).fill(1) },
      scalars: scalars.map(({ value }) => Float64Array.of(value)),
      scalarSpans: scalarArgs.map((arg) => arg.span),
    });
  }
}

function noRows(): never {
  throw new TypeError('an inspection asks for no operands');
}
