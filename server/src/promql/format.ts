import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import {
  type Aggregate,
  type AtModifier,
  type Binary,
  type DurationExpr,
  type DurationOperation,
  type Expr,
  leftChain,
  type NumberLiteral,
  type Subquery,
  type VectorSelector,
} from './ast.ts';
import { formatSampleValue, quoteGo } from './format-value.ts';
import { formatDuration } from './parser/literals.ts';

/** The expression as PromQL text on one line. Parsing it again gives an equal expression. */
export function format(expr: Expr): string {
  return formatWith(expr, format);
}

/** `format` with the texts of what the expression holds from elsewhere; of the operands of a chain, but not of the chains in it. */
export function formatWith(expr: Expr, textOf: (inner: Expr) => string): string {
  switch (expr.kind) {
    case 'number':
      return formatNumber(expr);
    case 'string':
      return quoteGo(expr.value);
    case 'vectorSelector':
      return formatSelector(expr) + formatModifiers(expr);
    case 'matrixSelector':
      return `${formatSelector(expr.selector)}[${duration(expr.rangeMs, expr.rangeExpr)}]${formatModifiers(expr.selector)}`;
    case 'subquery':
      return textOf(expr.expr) + formatSubqueryWindow(expr);
    case 'unary':
      return expr.op + textOf(expr.expr);
    case 'paren':
      return `(${textOf(expr.expr)})`;
    case 'binary':
      return formatChain(expr, textOf);
    case 'aggregate':
      return `${formatAggregation(expr)}(${expr.param === null ? '' : `${textOf(expr.param)}, `}${textOf(expr.expr)})`;
    case 'call':
      return `${expr.name}(${expr.args.map(textOf).join(', ')})`;
  }
}

/** What stands behind the expression of a subquery. */
export function formatSubqueryWindow(expr: Subquery): string {
  const step = expr.stepMs === null ? '' : duration(expr.stepMs, expr.stepExpr);
  return `[${duration(expr.rangeMs, expr.rangeExpr)}:${step}]${formatModifiers(expr)}`;
}

function formatSelector({ name, matchers }: VectorSelector): string {
  const shown = matchers.filter((matcher) => name === '' || matcher.name !== '__name__');
  if (shown.length === 0) {
    return name;
  }
  return `${name}{${shown.map(formatMatcher).sort().join(',')}}`;
}

function formatNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration === true ? formatDuration(value * 1000) : formatSampleValue(value);
}

function duration(ms: number, computed: DurationOperation | undefined): string {
  return computed === undefined ? formatDuration(ms) : formatDurationExpr(computed);
}

function formatDurationExpr(expr: DurationExpr): string {
  if (expr.kind === 'number') {
    return formatNumber(expr);
  }
  const [left, right] = [expr.left, expr.right].map((side) => (side === null ? '' : formatDurationExpr(side)));
  const text = durationText(expr.op, left ?? '', right ?? '');
  return expr.wrapped ? `(${text})` : text;
}

function durationText(op: DurationOperation['op'], left: string, right: string): string {
  switch (op) {
    case 'step':
    case 'range':
      return `${op}()`;
    case 'min_of':
    case 'max_of':
      return `${op}(${left}, ${right})`;
    default:
      return left === '' ? op + right : `${left} ${op} ${right}`;
  }
}

function formatMatcher({ name, operator, value }: Matcher): string {
  return `${formatLabelName(name)}${operator}${quoteGo(value)}`;
}

function formatLabelName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoteGo(name);
}

interface Modifiers {
  readonly offsetMs: number;
  readonly offsetExpr?: DurationOperation;
  readonly at: AtModifier | null;
}

function formatModifiers({ offsetMs, offsetExpr, at }: Modifiers): string {
  return formatAt(at) + (offsetMs === 0 && offsetExpr === undefined ? '' : ` offset ${duration(offsetMs, offsetExpr)}`);
}

function formatAt(at: AtModifier | null): string {
  if (at === null) {
    return '';
  }
  return at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function formatChain(expr: Binary, textOf: (inner: Expr) => string): string {
  const chain = leftChain(expr);
  const parts = [textOf(chain[0].left)];
  for (const link of chain) {
    parts.push(formatOperator(link), textOf(link.right));
  }
  return parts.join(' ');
}

/** The operator with its `bool` and how the sides are matched. */
export function formatOperator({ op, returnBool, matching }: Binary): string {
  return op + (returnBool ? ' bool' : '') + (matching === null ? '' : formatMatching(matching));
}

function formatMatching({ on, labels, cardinality, include }: NonNullable<Binary['matching']>): string {
  const grouped = cardinality === 'manyToOne' || cardinality === 'oneToMany';
  if (!on && labels.length === 0 && !grouped) {
    return '';
  }
  const clause = ` ${on ? 'on' : 'ignoring'} (${labels.map(formatLabelName).join(', ')})`;
  if (!grouped) {
    return clause;
  }
  const side = cardinality === 'manyToOne' ? 'group_left' : 'group_right';
  return `${clause} ${side} (${include.map(formatLabelName).join(', ')})`;
}

/** The operator of an aggregation with its grouping. */
export function formatAggregation({ op, without, labels }: Aggregate): string {
  const names = labels.map(formatLabelName).join(', ');
  if (without) {
    return `${op} without (${names}) `;
  }
  return labels.length > 0 ? `${op} by (${names}) ` : op;
}

/** A label set as Go prints it, in the texts of Prometheus' errors: `{__name__="up", job="api"}`. */
export function goLabels(labels: Labels): string {
  return `{${[...labels.entries()].map(([name, value]) => `${formatLabelName(name)}=${quoteGo(value)}`).join(', ')}}`;
}
