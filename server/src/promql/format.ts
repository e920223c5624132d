import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Aggregate, AtModifier, Binary, Expr, VectorSelector } from './ast.ts';
import { formatGoFloat, quoteGo } from './format-value.ts';
import { formatDuration } from './parser/literals.ts';

/** The expression as PromQL text on one line. Parsing it again gives an equal expression. */
export function format(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatGoFloat(expr.value);
    case 'string':
      return quoteGo(expr.value);
    case 'vectorSelector':
      return formatSelector(expr) + formatModifiers(expr);
    case 'matrixSelector':
      return `${formatSelector(expr.selector)}[${formatDuration(expr.rangeMs)}]${formatModifiers(expr.selector)}`;
    case 'subquery': {
      const step = expr.stepMs === null ? '' : formatDuration(expr.stepMs);
      return `${format(expr.expr)}[${formatDuration(expr.rangeMs)}:${step}]${formatModifiers(expr)}`;
    }
    case 'unary':
      return expr.op + format(expr.expr);
    case 'paren':
      return `(${format(expr.expr)})`;
    case 'binary':
      return formatBinary(expr);
    case 'aggregate':
      return formatAggregate(expr);
    case 'call':
      return `${expr.name}(${expr.args.map(format).join(', ')})`;
  }
}

function formatSelector({ name, matchers }: VectorSelector): string {
  const shown = matchers.filter((matcher) => name === '' || matcher.name !== '__name__');
  if (shown.length === 0) {
    return name;
  }
  return `${name}{${shown.map(formatMatcher).join(',')}}`;
}

function formatMatcher({ name, operator, value }: Matcher): string {
  return `${formatLabelName(name)}${operator}${quoteGo(value)}`;
}

function formatLabelName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoteGo(name);
}

function formatModifiers({ offsetMs, at }: { readonly offsetMs: number; readonly at: AtModifier | null }): string {
  return formatAt(at) + (offsetMs === 0 ? '' : ` offset ${formatDuration(offsetMs)}`);
}

function formatAt(at: AtModifier | null): string {
  if (at === null) {
    return '';
  }
  return at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function formatBinary({ op, left, right, returnBool, matching }: Binary): string {
  const bool = returnBool ? ' bool' : '';
  const match = matching === null ? '' : formatMatching(matching);
  return `${format(left)} ${op}${bool}${match} ${format(right)}`;
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

function formatAggregate({ op, expr, param, without, labels }: Aggregate): string {
  const names = labels.map(formatLabelName).join(', ');
  let clause = '';
  if (without) {
    clause = ` without (${names}) `;
  } else if (labels.length > 0) {
    clause = ` by (${names}) `;
  }
  return `${op}${clause}(${param === null ? '' : `${format(param)}, `}${format(expr)})`;
}

/** A label set as Go prints it, in the texts of Prometheus' errors: `{__name__="up", job="api"}`. */
export function goLabels(labels: Labels): string {
  return `{${[...labels.entries()].map(([name, value]) => `${formatLabelName(name)}=${quoteGo(value)}`).join(', ')}}`;
}
