import { depthOf, type Expr } from '../../promql/ast.ts';
import { hasComputedDurations, resolveDurations } from '../../promql/durations.ts';
import type { PreparedQuery } from '../../promql/engine.ts';
import { format } from '../../promql/format.ts';
import { compileNode, operandsOf } from './compile.ts';
import { Plan, type PlanSite } from './plan.ts';
import { bare, type PlanNode, PlanUnfitError } from './plan-node.ts';
import { SelectorNode } from './selector-node.ts';
import type { SelectorSource } from './selector-source.ts';

interface SharedNode {
  readonly node: PlanNode;
  readonly key: string;
  users: number;
}

/** Nodes ask each other by calls, and each is known by the text of all below it. */
const MAX_DEPTH = 200;

/** Makes plans whose equal parts are the same nodes, and forgets nodes no plan has any more. */
export class PlanCompiler {
  readonly #selectors: SelectorSource;
  readonly #lookbackMs: number;
  readonly #byText = new Map<string, SharedNode>();
  readonly #byNode = new Map<PlanNode, SharedNode>();

  constructor(selectors: SelectorSource, lookbackMs: number) {
    this.#selectors = selectors;
    this.#lookbackMs = lookbackMs;
  }

  /** Nodes of all plans, each counted once. */
  get size(): number {
    return this.#byText.size;
  }

  /** `null` when only the engine can evaluate the query. */
  compile(query: PreparedQuery): Plan | null {
    if (depthOf(query.expr) > MAX_DEPTH) {
      return null;
    }
    const sites: PlanSite[] = [];
    try {
      const expr = hasComputedDurations(query.expr) ? resolveDurations(query.expr, { stepMs: 0, rangeMs: 0 }) : query.expr;
      const root = this.#nodeOf(expr, sites);
      return new Plan(query.text, root, sites);
    } catch (error) {
      this.#giveBack(sites);
      if (error instanceof PlanUnfitError) {
        return null;
      }
      throw error;
    }
  }

  release(plan: Plan): void {
    this.#giveBack(plan.sites);
  }

  #nodeOf(given: Expr, sites: PlanSite[]): PlanNode {
    const expr = bare(given);
    const operands = new Map(operandsOf(expr).map((operand) => [operand, this.#nodeOf(operand, sites)]));
    const key = format(expr);
    const shared = this.#byText.get(key) ?? {
      node: compileNode(expr, { operands, selectors: this.#selectors, lookbackMs: this.#lookbackMs }),
      key,
      users: 0,
    };
    shared.users += 1;
    this.#byText.set(key, shared);
    this.#byNode.set(shared.node, shared);
    sites.push({ node: shared.node, expr });
    return shared.node;
  }

  #giveBack(sites: readonly PlanSite[]): void {
    for (const { node } of sites) {
      const shared = this.#byNode.get(node);
      if (shared === undefined) {
        continue;
      }
      shared.users -= 1;
      if (shared.users === 0) {
        this.#byText.delete(shared.key);
        this.#byNode.delete(node);
        if (node instanceof SelectorNode) {
          this.#selectors.close(node.selection);
        }
      }
    }
  }
}
