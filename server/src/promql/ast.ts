import type { Matcher } from '../model/matcher.ts';

/** Offsets into the query text in UTF-16 code units; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** What `@` pins a selector to; `start` and `end` are those of the whole query's range. */
export type AtModifier = { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'start' } | { readonly kind: 'end' };

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration; the value counts in seconds. */
  readonly isDuration?: true;
  readonly span: Span;
}

/**
 * Arithmetic with durations, in seconds. A `-` without a left side is a sign; `step` and `range` are those of the query.
 * Where a selector carries one, its milliseconds are only right after `resolveDurations`.
 */
export interface DurationOperation {
  readonly kind: 'durationOperation';
  readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of';
  readonly left: DurationExpr | null;
  readonly right: DurationExpr | null;
  /** Written in parentheses. */
  readonly wrapped: boolean;
  readonly span: Span;
}

export type DurationExpr = NumberLiteral | DurationOperation;

export interface StringLiteral {
  readonly kind: 'string';
  /** Bytes that are not UTF-8 are carried as lone surrogates U+DC80 to U+DCFF. */
  readonly value: string;
  readonly span: Span;
}

export interface VectorSelector {
  readonly kind: 'vectorSelector';
  /** The name written before the braces, or the empty string. `matchers` include it. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
  readonly offsetExpr?: DurationOperation;
  readonly at: AtModifier | null;
  readonly span: Span;
}

export interface MatrixSelector {
  readonly kind: 'matrixSelector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationOperation;
  readonly span: Span;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationOperation;
  /** `null` means the engine's default step. */
  readonly stepMs: number | null;
  readonly stepExpr?: DurationOperation;
  readonly offsetMs: number;
  readonly offsetExpr?: DurationOperation;
  readonly at: AtModifier | null;
  readonly span: Span;
}

export interface Unary {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
  readonly span: Span;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** `oneToMany` means the right side is the "many" side (`group_right`). */
export type Cardinality = 'oneToOne' | 'manyToOne' | 'oneToMany' | 'manyToMany';

export interface VectorMatching {
  readonly cardinality: Cardinality;
  /** Whether `labels` are the only ones compared (`on`) or the only ones left out (`ignoring`). */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels copied from the "one" side. */
  readonly include: readonly string[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly returnBool: boolean;
  /** Present between two instant vectors. */
  readonly matching: VectorMatching | null;
  /** Kept here because asking the operands would cost a walk down a chain of operations for each of them. */
  readonly type: 'scalar' | 'vector';
  readonly opSpan: Span;
  readonly span: Span;
}

export type AggregateOperator =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values'
  | 'limitk';

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly op: AggregateOperator;
  readonly expr: Expr;
  readonly param: Expr | null;
  readonly without: boolean;
  readonly labels: readonly string[];
  readonly span: Span;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly span: Span;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Unary
  | Binary
  | Aggregate
  | Call
  | Paren;

export function isComparison(op: BinaryOperator): op is ComparisonOperator {
  return op === '==' || op === '!=' || op === '<' || op === '>' || op === '<=' || op === '>=';
}

export function isSetOperator(op: BinaryOperator): op is SetOperator {
  return op === 'and' || op === 'or' || op === 'unless';
}

/** The expression inside any number of parentheses. */
export function unwrapParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapParens(expr.expr) : expr;
}

/** The direct operands of an expression, in source order. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vectorSelector':
      return [];
    case 'matrixSelector':
      return [expr.selector];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param === null ? [expr.expr] : [expr.param, expr.expr];
    case 'call':
      return expr.args;
  }
}

/**
 * The operations of a chain like `a + b - c`, innermost first: each is the left side of the next. Chains may be tens of
 * thousands long where brackets may not be nested that deep, so what walks expressions loops over a chain and recurs into the rest.
 */
export function leftChain(expr: Binary): readonly [Binary, ...Binary[]] {
  const chain: Binary[] = [];
  let innermost = expr;
  for (; innermost.left.kind === 'binary'; innermost = innermost.left) {
    chain.push(innermost);
  }
  return [innermost, ...chain.reverse()];
}

/** The expression and all in it, in source order, each before what it holds. Not into those for which `enters` is false. */
export function* walk(expr: Expr, enters: (expr: Expr) => boolean = () => true): Generator<Expr, void> {
  const open: Expr[] = [expr];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    if (enters(next)) {
      open.push(...[...childrenOf(next)].reverse());
    }
  }
}

/** How many expressions lie in one another at most. */
export function depthOf(expr: Expr): number {
  let deepest = 0;
  const open: { readonly at: Expr; readonly depth: number }[] = [{ at: expr, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, depth } = next;
    deepest = Math.max(deepest, depth);
    open.push(...childrenOf(at).map((child) => ({ at: child, depth: depth + 1 })));
  }
  return deepest;
}

/** The matchers of every selector in the expression, in source order: what a rule reads. */
export function selectorsOf(expr: Expr): (readonly Matcher[])[] {
  const selectors = [...walk(expr)].filter((each) => each.kind === 'vectorSelector');
  return selectors.map(({ matchers }) => matchers);
}
