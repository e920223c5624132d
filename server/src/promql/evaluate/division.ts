import {
  type Aggregate,
  type AggregateOperator,
  type Binary,
  type Call,
  type Expr,
  leftChain,
  unwrapParens,
  type VectorSelector,
} from '../ast.ts';
import { windowFunction } from '../functions/functions.ts';
import { mathFunctions } from '../functions/math.ts';
import { typeOf } from '../parser/type-check.ts';
import { subqueryGrid, type WindowSettings } from './fetch.ts';
import type { Grid } from './values.ts';

/**
 * A part of an expression that may be computed share by share of one selector's series: `rows` has a row for each of them that
 * depends on no other; `groups` is an aggregation of such rows whose partial states can be merged.
 */
export interface Division {
  readonly kind: 'rows' | 'groups';
  readonly node: Expr;
  readonly selector: VectorSelector;
  /** The steps at which the node is evaluated. */
  readonly grid: Grid;
  /** The node is the whole expression, so its rows are what the query gives and count against its limit. */
  readonly isWhole: boolean;
}

/**
 * Aggregations that give the same from partial states: bit for bit, or for `sum` and `avg` as close as their compensated sums are.
 * `stddev` and `stdvar` are not among them: where the mean is large beside the spread, merging would show in the twelfth digit.
 */
const MERGED: ReadonlySet<AggregateOperator> = new Set<AggregateOperator>(['sum', 'avg', 'min', 'max', 'count', 'group']);

/** The largest parts of an expression that can be divided, in source order. */
export function divisionsOf(expr: Expr, grid: Grid, settings: WindowSettings): readonly Division[] {
  const finder = new DivisionFinder(settings);
  finder.add(expr, grid, finder.visit(expr, grid));
  const whole = unwrapParens(expr);
  return finder.found.map((division) => ({ ...division, isWhole: division.node === whole }));
}

/** What an expression's rows are made of: the series of one selector, `null` for none at all, `undefined` for anything else. */
type Origin = VectorSelector | null | undefined;

interface Operands {
  readonly grid: Grid;
  readonly origins: readonly Origin[];
  readonly isRowWise: boolean;
}

class DivisionFinder {
  readonly found: Division[] = [];
  readonly #settings: WindowSettings;

  constructor(settings: WindowSettings) {
    this.#settings = settings;
  }

  /** Where the rows come from. What lies inside and can be divided has been added if the expression itself cannot. */
  visit(expr: Expr, grid: Grid): Origin {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return null;
      case 'vectorSelector':
        return expr;
      case 'paren':
      case 'unary':
        return this.visit(expr.expr, grid);
      case 'binary':
        return this.#chain(leftChain(expr), grid);
      case 'call':
        return this.#call(expr, grid);
      case 'aggregate':
        return this.#aggregate(expr, grid);
      case 'subquery': {
        const inner = subqueryGrid(expr, grid, this.#settings);
        this.add(expr.expr, inner, this.visit(expr.expr, inner));
        return undefined;
      }
      case 'matrixSelector':
        return undefined;
    }
  }

  add(node: Expr, grid: Grid, origin: Origin, kind: Division['kind'] = 'rows'): void {
    if (origin !== null && origin !== undefined) {
      // Brackets are looked through wherever an operand is asked for.
      this.found.push({ kind, node: unwrapParens(node), selector: origin, grid, isWhole: false });
    }
  }

  #chain(chain: readonly [Binary, ...Binary[]], grid: Grid): Origin {
    let left = this.visit(chain[0].left, grid);
    for (const each of chain) {
      const origins = [left, this.visit(each.right, grid)];
      left = this.#together([each.left, each.right], { grid, origins, isRowWise: !isBetweenVectors(each) });
    }
    return left;
  }

  #arguments(args: readonly Expr[], grid: Grid, isRowWise: boolean): Origin {
    return this.#together(args, { grid, origins: args.map((arg) => this.visit(arg, grid)), isRowWise });
  }

  /** The origin of rows that combine several operands, of which one at most may have series. */
  #together(operands: readonly Expr[], { grid, origins, isRowWise }: Operands): Origin {
    const selectors = origins.filter((origin) => origin !== null);
    if (isRowWise && selectors.length <= 1) {
      return selectors.length === 0 ? null : selectors[0];
    }
    for (const [i, operand] of operands.entries()) {
      this.add(operand, grid, origins[i]);
    }
    return undefined;
  }

  #call(call: Call, grid: Grid): Origin {
    const range = call.args.map(unwrapParens).find((arg) => arg.kind === 'matrixSelector');
    if (range !== undefined) {
      const scalars = call.args.filter((arg) => unwrapParens(arg) !== range);
      const isRowWise = windowFunction(call.name) !== undefined && this.#arguments(scalars, grid, false) === undefined;
      return isRowWise && scalars.every(hasNoSeries) ? range.selector : undefined;
    }
    if (call.name === 'timestamp') {
      // Looks at the samples themselves when its argument is a selector.
      return this.#arguments(
        call.args.filter((arg) => unwrapParens(arg).kind !== 'vectorSelector'),
        grid,
        false,
      );
    }
    return this.#arguments(call.args, grid, mathFunctions.has(call.name) || call.args.every(hasNoSeries));
  }

  #aggregate(expr: Aggregate, grid: Grid): undefined {
    if (expr.param !== null) {
      this.add(expr.param, grid, this.visit(expr.param, grid));
    }
    const origin = this.visit(expr.expr, grid);
    if (MERGED.has(expr.op)) {
      this.add(expr, grid, origin, 'groups');
    } else {
      this.add(expr.expr, grid, origin);
    }
  }
}

function isBetweenVectors({ left, right }: Binary): boolean {
  return typeOf(left) === 'vector' && typeOf(right) === 'vector';
}

function hasNoSeries(expr: Expr): boolean {
  const inner = unwrapParens(expr);
  switch (inner.kind) {
    case 'number':
    case 'string':
      return true;
    case 'unary':
      return hasNoSeries(inner.expr);
    case 'binary':
      return (
        inner.type === 'scalar' &&
        leftChain(inner).every(({ right }, i, chain) => hasNoSeries(right) && (i > 0 || hasNoSeries(chain[0]?.left ?? right)))
      );
    case 'call':
      return inner.args.every(hasNoSeries);
    default:
      return false;
  }
}
