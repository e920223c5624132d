import type { SyntaxNode } from '@lezer/common';
import { InvalidMatcherError, Matcher, type MatchOperator } from '../../model/matcher.ts';
import type { AggregateOperator, Expr, Span, VectorSelector } from '../ast.ts';
import { PromqlParseError } from '../errors.ts';
import { parseNumber, unquote } from './literals.ts';
import { childNodes, spanOf } from './nodes.ts';
import { climb, type Item } from './operator-precedence.ts';
import { applyPostfix } from './postfix.ts';
import { binaryOperatorItem } from './vector-matching.ts';

const MAX_DEPTH = 1000;

/**
 * Turns Lezer's concrete tree into the AST. The editor grammar lets a modifier (`offset`, `@`, `[5m]`) take a whole binary
 * expression as its operand, where Prometheus' binds it to the nearest selector; so a run of operators and modifiers is
 * flattened into source order and put together again by precedence.
 */
export class AstBuilder {
  readonly #text: string;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  build(node: SyntaxNode): Expr {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw this.error(node, 'expression is nested too deeply');
    }
    const items: Item[] = [];
    this.#flatten(node, items);
    const expr = climb(this.#text, items, (postfix, operand) => applyPostfix(this, postfix, operand));
    this.#depth -= 1;
    return expr;
  }

  textOf(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  error(at: SyntaxNode | Span, reason: string): PromqlParseError {
    return new PromqlParseError(this.#text, 'from' in at ? spanOf(at) : at, reason);
  }

  stringValue(node: SyntaxNode): string {
    const text = this.textOf(node);
    const value = unquote(text);
    if (value === undefined) {
      const closed = text.length > 1 && text.at(-1) === text[0];
      throw this.error(node, closed ? `invalid escape in string ${text}` : 'unterminated quoted string');
    }
    return value;
  }

  /** The names inside a GroupingLabels node. */
  labelNames(node: SyntaxNode): string[] {
    return childNodes(node).map((child) => this.#labelName(child));
  }

  #labelName(node: SyntaxNode): string {
    const string = node.name === 'QuotedLabelName' ? node.firstChild : null;
    return string === null ? this.textOf(node) : this.stringValue(string);
  }

  #flatten(node: SyntaxNode, items: Item[]): void {
    const children = childNodes(node);
    const [first] = children;
    switch (node.name) {
      case 'UnaryExpr': {
        const operand = children.at(-1);
        if (first !== undefined && operand !== undefined) {
          items.push({ kind: 'prefix', op: this.textOf(first) === '-' ? '-' : '+', start: first.from });
          this.#flatten(operand, items);
        }
        return;
      }
      case 'BinaryExpr': {
        const right = children.at(-1);
        if (first !== undefined && right !== undefined) {
          this.#flatten(first, items);
          items.push(binaryOperatorItem(this, children.slice(1, -1)));
          this.#flatten(right, items);
        }
        return;
      }
      case 'OffsetExpr':
      case 'StepInvariantExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        if (first !== undefined) {
          this.#flatten(first, items);
        }
        items.push({ kind: 'postfix', node });
        return;
      case 'NumberDurationLiteral':
        this.#flattenNumber(node, items);
        return;
      default:
        items.push({ kind: 'operand', expr: this.#primary(node) });
    }
  }

  #flattenNumber(node: SyntaxNode, items: Item[]): void {
    const text = this.textOf(node);
    const sign = /^[+-]\s*/.exec(text)?.[0] ?? '';
    if (sign !== '') {
      items.push({ kind: 'prefix', op: sign.startsWith('-') ? '-' : '+', start: node.from });
    }
    const value = parseNumber(text.slice(sign.length));
    if (value === undefined) {
      throw this.error(node, `bad number or duration syntax: ${JSON.stringify(text)}`);
    }
    items.push({ kind: 'operand', expr: { kind: 'number', value, span: { start: node.from + sign.length, end: node.to } } });
  }

  #primary(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'StringLiteral':
        return { kind: 'string', value: this.stringValue(node), span: spanOf(node) };
      case 'VectorSelector':
        return this.#vectorSelector(node);
      case 'ParenExpr': {
        const inner = childNodes(node)[0];
        if (inner !== undefined) {
          return { kind: 'paren', expr: this.build(inner), span: spanOf(node) };
        }
        break;
      }
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregate(node);
    }
    throw this.error(node, `unexpected ${node.name}`);
  }

  #call(node: SyntaxNode): Expr {
    const [identifier, body] = childNodes(node);
    if (identifier === undefined || body === undefined) {
      throw this.error(node, 'incomplete function call');
    }
    return {
      kind: 'call',
      name: this.textOf(identifier),
      args: childNodes(body).map((arg) => this.build(arg)),
      span: spanOf(node),
    };
  }

  #aggregate(node: SyntaxNode): Expr {
    const op = node.getChild('AggregateOp');
    const body = node.getChild('FunctionCallBody');
    const modifier = node.getChild('AggregateModifier');
    if (op === null || body === null) {
      throw this.error(node, 'incomplete aggregation');
    }
    const operator = AGGREGATE_OPERATORS.get(this.textOf(op).toLowerCase());
    if (operator === undefined) {
      throw this.error(node, `${this.textOf(op)}() is experimental and not supported`);
    }
    const args = childNodes(body).map((arg) => this.build(arg));
    const wanted = PARAMETERISED.has(operator) ? 2 : 1;
    const expr = args.at(-1);
    if (expr === undefined) {
      throw this.error(node, 'no arguments for aggregate expression provided');
    }
    if (args.length !== wanted) {
      throw this.error(
        node,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    const grouping = modifier?.getChild('GroupingLabels') ?? null;
    return {
      kind: 'aggregate',
      op: operator,
      expr,
      param: wanted === 2 ? (args[0] ?? null) : null,
      without: (modifier?.getChild('Without') ?? null) !== null,
      labels: grouping === null ? [] : this.labelNames(grouping),
      span: spanOf(node),
    };
  }

  #vectorSelector(node: SyntaxNode): VectorSelector {
    const identifier = node.getChild('Identifier');
    const name = identifier === null ? '' : this.textOf(identifier);
    const braces = node.getChild('LabelMatchers');
    const matchers = braces === null ? [] : childNodes(braces).map((child) => this.#matcher(child));
    if (name !== '') {
      const twice = matchers.find((matcher) => matcher.name === '__name__');
      if (twice !== undefined) {
        throw this.error(node, `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(twice.value)}`);
      }
      matchers.push(new Matcher('__name__', '=', name));
    }
    return { kind: 'vectorSelector', name, matchers, offsetMs: 0, at: null, span: spanOf(node) };
  }

  #matcher(node: SyntaxNode): Matcher {
    const [label, operator, value] = childNodes(node);
    if (label === undefined) {
      throw this.error(node, 'incomplete label matcher');
    }
    if (node.name === 'QuotedLabelName') {
      return new Matcher('__name__', '=', this.stringValue(label));
    }
    if (operator === undefined || value === undefined) {
      throw this.error(node, 'incomplete label matcher');
    }
    try {
      return new Matcher(this.#labelName(label), matchOperator(this.textOf(operator)), this.stringValue(value));
    } catch (error) {
      if (error instanceof InvalidMatcherError) {
        throw this.error(node, error.message);
      }
      throw error;
    }
  }
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

function matchOperator(text: string): MatchOperator {
  switch (text) {
    case '!=':
    case '=~':
    case '!~':
      return text;
    default:
      return '=';
  }
}
