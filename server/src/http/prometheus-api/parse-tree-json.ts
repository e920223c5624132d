import type { Matcher } from '../../model/matcher.ts';
import {
  type AtModifier,
  type Cardinality,
  type DurationExpr,
  type DurationOperation,
  type Expr,
  leftChain,
  type VectorSelector,
} from '../../promql/ast.ts';
import { formatGoFloat } from '../../promql/format-value.ts';
import { functionSignature } from '../../promql/functions/signatures.ts';
import { typeOf } from '../../promql/parser/type-check.ts';

const CARDINALITY: Readonly<Record<Cardinality, string>> = {
  oneToOne: 'one-to-one',
  manyToOne: 'many-to-one',
  oneToMany: 'one-to-many',
  manyToMany: 'many-to-many',
};

/** An expression as `/api/v1/parse_query` has it (web/api/v1/translate_ast.go). */
export function parseTreeJson(expr: Expr): object {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatGoFloat(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: parseTreeJson(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: parseTreeJson(expr.expr) };
    case 'vectorSelector':
      return { type: 'vectorSelector', ...selectorJson(expr) };
    case 'matrixSelector':
      return { type: 'matrixSelector', ...selectorJson(expr.selector), ...rangeJson(expr) };
    case 'subquery':
      return subqueryJson(expr);
    case 'call':
      return { type: 'call', func: functionJson(expr.name), args: expr.args.map(parseTreeJson) };
    case 'aggregate': {
      const { op, without, labels, param } = expr;
      const operands = { expr: parseTreeJson(expr.expr), param: param === null ? null : parseTreeJson(param) };
      return { type: 'aggregation', op, ...operands, grouping: labels, without };
    }
    case 'binary':
      return chainJson(expr);
  }
}

type Of<Kind extends Expr['kind']> = Extract<Expr, { kind: Kind }>;

function chainJson(expr: Of<'binary'>): object {
  const chain = leftChain(expr);
  let lhs = parseTreeJson(chain[0].left);
  for (const { op, left, right, returnBool, matching } of chain) {
    const isMatched = [left, right].every((side) => typeOf(side) !== 'scalar');
    const matched = matching !== null && isMatched ? matchingJson(matching) : null;
    lhs = { type: 'binaryExpr', op, lhs, rhs: parseTreeJson(right), matching: matched, bool: returnBool };
  }
  return lhs;
}

function matchingJson({ cardinality, labels, on, include }: NonNullable<Of<'binary'>['matching']>): object {
  return { card: CARDINALITY[cardinality], labels, on, include, fillValues: { lhs: null, rhs: null } };
}

function functionJson(name: string): object {
  const signature = functionSignature(name);
  return {
    name,
    argTypes: signature?.args ?? [],
    variadic: signature?.variadic ?? 0,
    returnType: signature?.returns ?? 'none',
  };
}

function selectorJson(selector: VectorSelector): object {
  return {
    name: selector.name,
    ...offsetJson(selector),
    matchers: matchersJson(selector),
    ...atJson(selector.at),
    anchored: false,
    smoothed: false,
  };
}

/** Prometheus' parser adds the name written before the braces last. */
function matchersJson({ name, matchers }: VectorSelector): readonly object[] {
  const isOwnName = (matcher: Matcher) => name !== '' && matcher.name === '__name__';
  return [...matchers.filter((matcher) => !isOwnName(matcher)), ...matchers.filter(isOwnName)].map((matcher) => ({
    name: matcher.name,
    value: matcher.value,
    type: matcher.operator,
  }));
}

function subqueryJson(expr: Of<'subquery'>): object {
  return {
    type: 'subquery',
    expr: parseTreeJson(expr.expr),
    ...rangeJson(expr),
    ...offsetJson(expr),
    step: expr.stepExpr === undefined ? (expr.stepMs ?? 0) : 0,
    stepExpr: operationJson(expr.stepExpr),
    ...atJson(expr.at),
  };
}

function rangeJson({ rangeMs, rangeExpr }: Pick<Of<'subquery'>, 'rangeMs' | 'rangeExpr'>): object {
  return { range: rangeExpr === undefined ? rangeMs : 0, rangeExpr: operationJson(rangeExpr) };
}

function offsetJson({ offsetMs, offsetExpr }: Pick<VectorSelector, 'offsetMs' | 'offsetExpr'>): object {
  return { offset: offsetExpr === undefined ? offsetMs : 0, offsetExpr: operationJson(offsetExpr) };
}

function atJson(at: AtModifier | null): object {
  return {
    timestamp: at?.kind === 'time' ? at.ms : null,
    startOrEnd: at === null || at.kind === 'time' ? null : at.kind,
  };
}

function operationJson(operation: DurationOperation | undefined): object | null {
  return operation === undefined ? null : durationJson(operation);
}

function durationJson(expr: DurationExpr): object {
  if (expr.kind === 'number') {
    const literal = { type: 'numberLiteral', val: formatGoFloat(expr.value) };
    return expr.isDuration === true ? { ...literal, duration: true } : literal;
  }
  const { op, left, right, wrapped } = expr;
  return {
    type: 'durationExpr',
    op,
    lhs: left === null ? null : durationJson(left),
    rhs: right === null ? null : durationJson(right),
    wrapped,
  };
}
