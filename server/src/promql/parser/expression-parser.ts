import { type AggregateOperator, type Expr, isSetOperator, type Span } from '../ast.ts';
import { isFunction } from '../functions/signatures.ts';
import { readBinaryOperator, readGroupingLabels } from './binary-operator.ts';
import { readPostfix } from './postfix.ts';
import { readNumber, readString } from './read-literal.ts';
import { readSelector } from './selector.ts';
import { isMetricName, type Token } from './token.ts';
import { TokenStream } from './token-stream.ts';
import { typeOf } from './type-check.ts';

const MAX_DEPTH = 1000;
// A sign binds like multiplication, so that `-2^2` is -4 and `-a * b` is (-a) * b.
const SIGN_OPERAND_PRECEDENCE = 6;
const AGGREGATION = { context: 'aggregation' };

/**
 * Reads one expression by precedence climbing: modifiers and ranges bind tightest, then `^` (right to left), signs,
 * `* / % atan2`, `+ -`, comparisons, `and unless`, `or`. Throws at the first error, with the text of Prometheus' parser.
 */
export class ExpressionParser {
  readonly #tokens: TokenStream;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new TokenStream(text);
  }

  /** The whole text as one expression. @throws PromqlParseError */
  parse(): Expr {
    if (this.#tokens.peek().kind === 'end') {
      throw this.#tokens.error({ start: 0, end: 0 }, 'no expression found in input');
    }
    const expr = this.#expression(0);
    if (this.#tokens.peek().kind !== 'end') {
      throw this.#tokens.unexpected();
    }
    return expr;
  }

  #expression(minimum: number): Expr {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw this.#tokens.error(this.#tokens.peek(), 'expression is nested too deeply');
    }
    let left = this.#operand();
    for (let operator = readBinaryOperator(this.#tokens, minimum, left.span); operator !== undefined; ) {
      const { op, precedence, returnBool, matching, span: opSpan } = operator;
      const right = this.#expression(op === '^' ? precedence : precedence + 1);
      const span = { start: left.span.start, end: right.span.end };
      const checked =
        isSetOperator(op) && matching.cardinality === 'oneToOne' ? { ...matching, cardinality: 'manyToMany' as const } : matching;
      const type = typeOf(left) === 'scalar' && typeOf(right) === 'scalar' ? 'scalar' : 'vector';
      left = { kind: 'binary', op, left, right, returnBool, matching: checked, type, opSpan, span };
      operator = readBinaryOperator(this.#tokens, minimum, left.span);
    }
    this.#depth -= 1;
    return left;
  }

  #operand(): Expr {
    const sign = this.#tokens.takeIf('-') ?? this.#tokens.takeIf('+');
    if (sign !== undefined) {
      return signed(sign, this.#expression(SIGN_OPERAND_PRECEDENCE));
    }
    return readPostfix(this.#tokens, this.#primary());
  }

  #primary(): Expr {
    const token = this.#tokens.peek();
    if (token.kind === 'number' || token.kind === 'duration') {
      return readNumber(this.#tokens);
    }
    if (token.kind === 'string') {
      return { kind: 'string', value: readString(this.#tokens), span: { start: token.start, end: token.end } };
    }
    if (this.#tokens.is('(')) {
      this.#tokens.take();
      const expr = this.#expression(0);
      const { end } = this.#tokens.expect(')');
      return { kind: 'paren', expr, span: { start: token.start, end } };
    }
    if (this.#tokens.is('{')) {
      return readSelector(this.#tokens, undefined);
    }
    if (!isMetricName(token)) {
      throw this.#tokens.unexpected();
    }
    return this.#named();
  }

  /** A call, an aggregation or a selector: all begin with a word. */
  #named(): Expr {
    const name = this.#tokens.take();
    const next = this.#tokens.peek();
    const hasArguments = this.#tokens.is('(');
    if (
      name.kind === 'aggregator' &&
      (hasArguments || next.word === 'by' || next.word === 'without') &&
      next.kind !== 'identifier'
    ) {
      return this.#tokens.within(AGGREGATION, () => this.#aggregate(name));
    }
    if (hasArguments && (name.kind === 'identifier' || name.kind === 'preprocessor')) {
      return this.#call(name);
    }
    return readSelector(this.#tokens, name);
  }

  #call(name: Token): Expr {
    const args = this.#arguments();
    if (!isFunction(name.text)) {
      throw this.#tokens.error(name, `unknown function with name ${JSON.stringify(name.text)}`);
    }
    return { kind: 'call', name: name.text, args, span: { start: name.start, end: this.#tokens.lastEnd } };
  }

  #arguments(): Expr[] {
    this.#tokens.expect('(');
    if (this.#tokens.takeIf(')') !== undefined) {
      return [];
    }
    const args = [this.#expression(0)];
    for (let comma = this.#tokens.takeIf(','); comma !== undefined; comma = this.#tokens.takeIf(',')) {
      if (!beginsOperand(this.#tokens.peek())) {
        throw this.#tokens.error(comma, 'trailing commas not allowed in function call args');
      }
      args.push(this.#expression(0));
    }
    this.#tokens.expect(')');
    return args;
  }

  #aggregate(name: Token): Expr {
    const before = this.#grouping();
    const args = this.#arguments();
    // A modifier after the arguments is only looked for when there was none before them.
    const { without, labels } = before ?? this.#grouping() ?? { without: false, labels: [] };
    const span = { start: name.start, end: this.#tokens.lastEnd };
    const { op, expr, param } = this.#aggregateArguments(name, args, span);
    return { kind: 'aggregate', op, expr, param, without, labels, span };
  }

  #grouping(): { readonly without: boolean; readonly labels: string[] } | undefined {
    const word = this.#tokens.takeIf('by') ?? this.#tokens.takeIf('without');
    return word === undefined ? undefined : { without: word.word === 'without', labels: readGroupingLabels(this.#tokens) };
  }

  #aggregateArguments(name: Token, args: readonly Expr[], span: Span): { op: AggregateOperator; expr: Expr; param: Expr | null } {
    const op = AGGREGATE_OPERATORS.get(name.word);
    const [first, second] = args;
    if (first === undefined) {
      throw this.#tokens.error(span, 'no arguments for aggregate expression provided');
    }
    if (op === undefined) {
      throw this.#tokens.error(span, `${name.word}() is experimental and not supported`);
    }
    const wanted = PARAMETERISED.has(op) ? 2 : 1;
    if (args.length !== wanted) {
      throw this.#tokens.error(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return second === undefined ? { op, expr: first, param: null } : { op, expr: second, param: first };
  }
}

function beginsOperand(token: Token): boolean {
  const { kind, word } = token;
  return isMetricName(token) || ['number', 'duration', 'string'].includes(kind) || /^[-+({]$/.test(word);
}

function signed(sign: Token, expr: Expr): Expr {
  const span = { start: sign.start, end: expr.span.end };
  const op = sign.word === '-' ? '-' : '+';
  if (expr.kind === 'number') {
    return { ...expr, value: op === '-' ? -expr.value : expr.value, span };
  }
  return { kind: 'unary', op, expr, span };
}

const AGGREGATE_OPERATORS: ReadonlyMap<string, AggregateOperator> = new Map(
  (
    [
      'sum',
      'avg',
      'min',
      'max',
      'count',
      'group',
      'stddev',
      'stdvar',
      'topk',
      'bottomk',
      'quantile',
      'count_values',
      'limitk',
    ] as const
  ).map((name) => [name, name]),
);

const PARAMETERISED: ReadonlySet<AggregateOperator> = new Set(['topk', 'bottomk', 'quantile', 'count_values', 'limitk']);
