import { METRIC_NAME } from '../../model/labels.ts';
import { type Binary, type Call, type Expr, isComparison, isSetOperator, leftChain, type Span, type ValueType } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { quoteGo } from '../format-value.ts';
import { functionSignature } from '../functions/signatures.ts';

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** What an expression evaluates to. Needs a checked expression: an unknown function counts as a vector. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vectorSelector':
    case 'aggregate':
      return 'vector';
    case 'matrixSelector':
    case 'subquery':
      return 'matrix';
    case 'unary':
    case 'paren':
      return typeOf(expr.expr);
    case 'binary':
      return expr.type;
    case 'call':
      return functionSignature(expr.name)?.returns ?? 'vector';
  }
}

/**
 * Refuses what Prometheus' parser refuses for its types, with its texts.
 * @throws PromqlParseError
 */
export function checkTypes(text: string, expr: Expr): ValueType {
  const fail = (span: Span, reason: string): never => {
    throw new PromqlParseError(text, span, reason);
  };
  const expect = (child: Expr, wanted: ValueType, context: string): void => {
    const actual = checkTypes(text, child);
    if (actual !== wanted) {
      fail(child.span, `expected type ${NAMES[wanted]} in ${context}, got ${NAMES[actual]}`);
    }
  };
  switch (expr.kind) {
    case 'aggregate':
      expect(expr.expr, 'vector', 'aggregation expression');
      if (expr.param !== null) {
        expect(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
      }
      break;
    case 'binary':
      checkChain(text, expr);
      break;
    case 'call':
      checkCall(text, expr);
      break;
    case 'paren':
      checkTypes(text, expr.expr);
      break;
    case 'unary': {
      const type = checkTypes(text, expr.expr);
      if (type !== 'scalar' && type !== 'vector') {
        const reason = 'unary expression only allowed on expressions of type scalar or instant vector, got';
        fail(expr.span, `${reason} ${JSON.stringify(NAMES[type])}`);
      }
      break;
    }
    case 'subquery': {
      const type = checkTypes(text, expr.expr);
      if (type !== 'vector') {
        fail(expr.span, `subquery is only allowed on instant vector, got ${type} instead`);
      }
      break;
    }
    case 'matrixSelector':
      checkTypes(text, expr.selector);
      break;
    case 'vectorSelector': {
      const twice = expr.name === '' ? undefined : expr.matchers.slice(0, -1).find(({ name }) => name === METRIC_NAME);
      if (twice !== undefined) {
        fail(expr.span, `metric name must not be set twice: ${quoteGo(expr.name)} or ${quoteGo(twice.value)}`);
      }
      if (expr.matchers.every((matcher) => matcher.matches(''))) {
        fail(expr.span, 'vector selector must contain at least one non-empty matcher');
      }
      break;
    }
  }
  return typeOf(expr);
}

function checkChain(text: string, expr: Binary): void {
  const chain = leftChain(expr);
  let left = checkTypes(text, chain[0].left);
  for (const link of chain) {
    checkBinary(text, link, { left, right: checkTypes(text, link.right) });
    left = link.type;
  }
}

interface OperandTypes {
  readonly left: ValueType;
  readonly right: ValueType;
}

function checkBinary(text: string, expr: Binary, { left, right }: OperandTypes): void {
  const fail = (span: Span, reason: string): never => {
    throw new PromqlParseError(text, span, reason);
  };
  if (expr.returnBool && !isComparison(expr.op)) {
    fail(expr.opSpan, 'bool modifier can only be used on comparison operators');
  }
  if (isComparison(expr.op) && !expr.returnBool && left === 'scalar' && right === 'scalar') {
    fail(expr.opSpan, 'comparisons between scalars must use BOOL modifier');
  }
  const both = expr.matching?.on === true ? expr.matching.labels.find((l) => expr.matching?.include.includes(l)) : undefined;
  if (both !== undefined) {
    fail(expr.opSpan, `label ${JSON.stringify(both)} must not occur in ON and GROUP clause at once`);
  }
  for (const [type, child] of [
    [left, expr.left],
    [right, expr.right],
  ] as const) {
    if (type !== 'scalar' && type !== 'vector') {
      fail(child.span, 'binary expression must contain only scalar and instant vector types');
    }
  }
  if (left === 'vector' && right === 'vector') {
    if (isSetOperator(expr.op) && expr.matching?.cardinality !== 'manyToMany') {
      fail(expr.span, `no grouping allowed for ${JSON.stringify(expr.op)} operation`);
    }
    return;
  }
  if ((expr.matching?.labels.length ?? 0) > 0) {
    fail(expr.span, 'vector matching only allowed between instant vectors');
  }
  if (isSetOperator(expr.op)) {
    fail(expr.span, `set operator ${JSON.stringify(expr.op)} not allowed in binary scalar expression`);
  }
}

function checkCall(text: string, call: Call): void {
  const fail = (span: Span, reason: string): never => {
    throw new PromqlParseError(text, span, reason);
  };
  const signature = functionSignature(call.name);
  if (signature === undefined) {
    throw new PromqlParseError(text, call.span, `function ${JSON.stringify(call.name)} is experimental and not supported`);
  }
  const { args, variadic } = signature;
  const name = JSON.stringify(call.name);
  const got = call.args.length;
  const least = variadic === 0 ? args.length : args.length - 1;
  if (variadic === 0 && got !== least) {
    fail(call.span, `expected ${least} argument(s) in call to ${name}, got ${got}`);
  }
  if (got < least) {
    fail(call.span, `expected at least ${least} argument(s) in call to ${name}, got ${got}`);
  }
  if (variadic > 0 && got > least + variadic) {
    fail(call.span, `expected at most ${least + variadic} argument(s) in call to ${name}, got ${got}`);
  }
  for (const [index, arg] of call.args.entries()) {
    const wanted = args[Math.min(index, args.length - 1)] ?? 'vector';
    const actual = checkTypes(text, arg);
    if (actual !== wanted) {
      fail(arg.span, `expected type ${NAMES[wanted]} in call to function ${name}, got ${NAMES[actual]}`);
    }
  }
}
