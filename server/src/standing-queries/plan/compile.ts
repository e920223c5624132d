import type { Aggregate, Binary, Call, Expr, MatrixSelector, Unary, VectorSelector } from '../../promql/ast.ts';
import { isSetOperator } from '../../promql/ast.ts';
import { evaluateAggregate } from '../../promql/evaluate/aggregate.ts';
import { evaluateBinary } from '../../promql/evaluate/binary.ts';
import { callFunction, windowFunction } from '../../promql/functions/functions.ts';
import { typeOf } from '../../promql/parser/type-check.ts';
import { AggregateNode, isStreaming } from './aggregate-node.ts';
import { ChangeNode } from './change-node.ts';
import { DENSE_KERNELS } from './dense-kernels.ts';
import { ExtremeNode } from './extreme-node.ts';
import { HistogramNode } from './histogram-node.ts';
import { InstantNode } from './instant-node.ts';
import { JoinNode } from './join-node.ts';
import { ScalarOperatorNode, VectorOperatorNode } from './operator-node.ts';
import { bare, type PlanNode, PlanUnfitError, ScalarNode, type Tick, VectorNode } from './plan-node.ts';
import { QuantileNode } from './quantile-node.ts';
import { RangeInspector } from './range-inspector.ts';
import { RangeNode } from './range-node.ts';
import { RankNode } from './rank-node.ts';
import { RelabelNode } from './relabel-node.ts';
import { ResetsNode } from './resets-node.ts';
import { NegationNode, PerValueNode, VectorScalarNode } from './row-nodes.ts';
import type { OpenSelection, SelectorSource } from './selector-source.ts';
import { FilterSetNode, UnionNode } from './set-node.ts';
import { SumNode } from './sum-node.ts';
import { TrendNode } from './trend-node.ts';

export interface Compilation {
  /** The nodes of `operandsOf` the expression. */
  readonly operands: ReadonlyMap<Expr, PlanNode>;
  readonly selectors: SelectorSource;
  readonly lookbackMs: number;
}

/** What has to have a node before an expression can have one; without parentheses and plus signs. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'unary':
      return [bare(expr.expr)];
    case 'binary':
      return [bare(expr.left), bare(expr.right)];
    case 'aggregate':
      return expr.param === null || typeOf(expr.param) === 'string' ? [bare(expr.expr)] : [bare(expr.param), bare(expr.expr)];
    case 'call':
      return operandsOfCall(expr);
    default:
      return [];
  }
}

function operandsOfCall(call: Call): readonly Expr[] {
  if (call.name === 'absent_over_time') {
    return [{ ...call, name: 'present_over_time' }];
  }
  const args = call.args.map(bare);
  const [first] = args;
  const isLeaf = call.name === 'timestamp' && first?.kind === 'vectorSelector';
  return isLeaf ? [] : args.filter((arg) => typeOf(arg) !== 'string' && typeOf(arg) !== 'matrix');
}

/** The node of an expression that is bare. @throws PlanUnfitError for what has no form as a plan */
export function compileNode(expr: Expr, compilation: Compilation): PlanNode {
  switch (expr.kind) {
    case 'number':
      return new NumberNode(expr.value);
    case 'vectorSelector':
      return instantNode(expr, 'value', compilation);
    case 'unary':
      return negationNode(expr, compilation);
    case 'binary':
      return binaryNode(expr, compilation);
    case 'aggregate':
      return aggregateNode(expr, compilation);
    case 'call':
      return callNode(expr, compilation);
    default:
      throw new PlanUnfitError(`a ${expr.kind} has no form as a plan`);
  }
}

function operandNode(expr: Expr, { operands }: Compilation): PlanNode {
  const node = operands.get(bare(expr));
  if (node === undefined) {
    throw new PlanUnfitError(`no node for ${expr.kind}`);
  }
  return node;
}

class NumberNode extends ScalarNode {
  constructor(value: number) {
    super();
    this.value = value;
  }

  protected override compute(_tick: Tick): void {}
}

function instantNode(selector: VectorSelector, take: 'value' | 'time', { selectors, lookbackMs }: Compilation): InstantNode {
  rejectPinned(selector);
  const window = { lengthMs: lookbackMs, offsetMs: selector.offsetMs };
  return new InstantNode(selectors.open(selector.matchers, selector.offsetMs), { window, take });
}

function rejectPinned({ at }: VectorSelector): void {
  if (at !== null) {
    throw new PlanUnfitError('a pinned selector does not move with time');
  }
}

function negationNode(expr: Unary, compilation: Compilation): PlanNode {
  const operand = operandNode(expr.expr, compilation);
  if (operand instanceof VectorNode) {
    return new NegationNode(operand);
  }
  return new ScalarOperatorNode({
    expr,
    operands: compilation.operands,
    apply: (context) => ({ kind: 'scalar', values: context.scalar(expr.expr).map((value) => -value) }),
  });
}

function binaryNode(expr: Binary, compilation: Compilation): PlanNode {
  const left = operandNode(expr.left, compilation);
  const right = operandNode(expr.right, compilation);
  if (left instanceof VectorNode && right instanceof VectorNode && expr.matching !== null) {
    const operands = { left, right, matching: expr.matching };
    if (!isSetOperator(expr.op)) {
      return new JoinNode(expr, operands);
    }
    return expr.op === 'or' ? new UnionNode(operands) : new FilterSetNode(expr.op, operands);
  }
  if (left instanceof VectorNode && right instanceof ScalarNode) {
    return new VectorScalarNode(expr, { vector: left, scalar: right, scalarIsLeft: false });
  }
  if (left instanceof ScalarNode && right instanceof VectorNode) {
    return new VectorScalarNode(expr, { vector: right, scalar: left, scalarIsLeft: true });
  }
  const { operands } = compilation;
  return new ScalarOperatorNode({ expr, operands, apply: (context) => evaluateBinary(context, expr) });
}

function aggregateNode(expr: Aggregate, compilation: Compilation): PlanNode {
  const { op } = expr;
  const param = expr.param === null ? undefined : compilation.operands.get(bare(expr.param));
  const input = operandNode(expr.expr, compilation);
  if (input instanceof VectorNode) {
    if (isStreaming(op)) {
      return new AggregateNode(input, { ...expr, op });
    }
    if (op === 'quantile' && param instanceof ScalarNode) {
      return new QuantileNode(input, param, expr);
    }
    if ((op === 'topk' || op === 'bottomk' || op === 'limitk') && param instanceof ScalarNode) {
      return new RankNode(input, param, { ...expr, op });
    }
  }
  const { operands } = compilation;
  return new VectorOperatorNode({ expr, operands, apply: (context) => evaluateAggregate(context, expr) });
}

const PER_VALUE: ReadonlySet<string> = new Set(
  (
    'abs ceil floor exp sqrt ln log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad sgn ' +
    'round clamp clamp_min clamp_max timestamp year month day_of_month day_of_week day_of_year days_in_month hour minute'
  ).split(' '),
);

function callNode(call: Call, compilation: Compilation): PlanNode {
  const [first] = call.args;
  const rangeArg = call.args.map(bare).find((arg) => typeOf(arg) === 'matrix');
  if (rangeArg !== undefined) {
    return rangeCallNode(call, rangeArg, compilation);
  }
  const inner = first === undefined ? undefined : bare(first);
  if (call.name === 'timestamp' && inner?.kind === 'vectorSelector') {
    return instantNode(inner, 'time', compilation);
  }
  const { operands } = compilation;
  const operator = { expr: call, operands, apply: (context: Parameters<typeof callFunction>[0]) => callFunction(context, call) };
  if (typeOf(call) === 'scalar') {
    return new ScalarOperatorNode(operator);
  }
  const input = inner === undefined ? undefined : operands.get(inner);
  if (input instanceof VectorNode && PER_VALUE.has(call.name)) {
    return new PerValueNode(input, operator);
  }
  if (input instanceof VectorNode && (call.name === 'label_replace' || call.name === 'label_join')) {
    return new RelabelNode(input, call);
  }
  return histogramNode(call, operator) ?? new VectorOperatorNode(operator);
}

function histogramNode(call: Call, operator: ConstructorParameters<typeof HistogramNode>[2]): HistogramNode | undefined {
  const nodes = call.args.map((arg) => operator.operands.get(bare(arg)));
  const [first, second, third] = nodes;
  if (call.name === 'histogram_quantile' && first instanceof ScalarNode && second instanceof VectorNode) {
    return new HistogramNode(second, { kind: 'quantile', quantile: first }, operator);
  }
  const isFraction = call.name === 'histogram_fraction' && first instanceof ScalarNode && second instanceof ScalarNode;
  if (isFraction && third instanceof VectorNode) {
    return new HistogramNode(third, { kind: 'fraction', lower: first, upper: second }, operator);
  }
  return undefined;
}

/** Functions that look at the values of a window only, never at their times. */
const TIMELESS: ReadonlySet<string> = new Set(
  (
    'sum_over_time avg_over_time min_over_time max_over_time count_over_time stddev_over_time stdvar_over_time ' +
    'last_over_time first_over_time present_over_time quantile_over_time mad_over_time changes resets'
  ).split(' '),
);

const CHANGES: ReadonlyMap<string, { readonly counter: boolean; readonly perSecond: boolean }> = new Map([
  ['rate', { counter: true, perSecond: true }],
  ['increase', { counter: true, perSecond: false }],
  ['delta', { counter: false, perSecond: false }],
]);

function rangeCallNode(call: Call, rangeArg: Expr, compilation: Compilation): PlanNode {
  if (rangeArg.kind !== 'matrixSelector') {
    throw new PlanUnfitError('a subquery has no form as a plan');
  }
  if (call.name === 'absent_over_time') {
    return absentOverTime(call, rangeArg, compilation);
  }
  const implementation = windowFunction(call.name);
  if (implementation === undefined) {
    throw new PlanUnfitError(`${call.name} looks at more than one series at a time`);
  }
  rejectPinned(rangeArg.selector);
  const scalarArgs = call.args.filter((arg) => typeOf(arg) !== 'matrix');
  const scalars = scalarArgs.map((arg) => operandNode(arg, compilation)).filter((node) => node instanceof ScalarNode);
  const selection = compilation.selectors.open(rangeArg.selector.matchers, rangeArg.selector.offsetMs);
  const window = { lengthMs: rangeArg.rangeMs, offsetMs: rangeArg.selector.offsetMs };
  const dense = DENSE_KERNELS.get(call.name);
  const options = { window, implementation, isTimeless: TIMELESS.has(call.name), scalars, dense };
  const node = rangeNode(call.name, selection, options);
  if (implementation.inspect !== undefined) {
    const outerArg = call.args.find((arg) => typeOf(arg) === 'matrix') ?? rangeArg;
    node.inspector = new RangeInspector({ call, rangeArg: outerArg, scalarArgs, scalars, implementation }, node.notes);
  }
  return node;
}

function rangeNode(name: string, selection: OpenSelection, options: ConstructorParameters<typeof RangeNode>[1]): RangeNode {
  const kind = CHANGES.get(name);
  if (kind !== undefined) {
    return new ChangeNode(selection, { ...options, kind });
  }
  switch (name) {
    case 'deriv':
      return new TrendNode(selection, options);
    case 'sum_over_time':
    case 'avg_over_time':
      return new SumNode(selection, { ...options, isMean: name === 'avg_over_time' });
    case 'min_over_time':
    case 'max_over_time':
      return new ExtremeNode(selection, { ...options, isMost: name === 'max_over_time' });
    case 'resets':
      return new ResetsNode(selection, options);
    default:
      return new RangeNode(selection, options);
  }
}

/** The engine's `absent` of the same selector, over whether each series has any sample in the window. */
function absentOverTime(call: Call, rangeArg: MatrixSelector, compilation: Compilation): PlanNode {
  const [presence] = compilation.operands.values();
  if (presence === undefined) {
    throw new PlanUnfitError('absent_over_time without its operand');
  }
  const absent: Call = { ...call, name: 'absent', args: [rangeArg.selector] };
  const operands = new Map<Expr, PlanNode>([[rangeArg.selector, presence]]);
  return new VectorOperatorNode({ expr: call, operands, apply: (context) => callFunction(context, absent) });
}
