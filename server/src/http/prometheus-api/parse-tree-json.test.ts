import { expect, it } from 'vitest';
import { parse } from '../../promql/parser/parse.ts';
import { parseTreeJson } from './parse-tree-json.ts';

const selector = (name: string, more: object = {}) => ({
  type: 'vectorSelector',
  name,
  offset: 0,
  offsetExpr: null,
  matchers: [{ name: '__name__', type: '=', value: name }],
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
  ...more,
});
const number = (val: string) => ({ type: 'numberLiteral', val });
const NO_FILL = { fillValues: { lhs: null, rhs: null } };

/** As Prometheus 3.14 answers. */
it.for([
  {
    text: 'sum by (a) (rate(x{b=~"c"}[5m] offset 1m))',
    tree: {
      type: 'aggregation',
      op: 'sum',
      grouping: ['a'],
      without: false,
      param: null,
      expr: {
        type: 'call',
        func: { name: 'rate', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
        args: [
          selector('x', {
            type: 'matrixSelector',
            range: 300_000,
            rangeExpr: null,
            offset: 60_000,
            matchers: [
              { name: 'b', type: '=~', value: 'c' },
              { name: '__name__', type: '=', value: 'x' },
            ],
          }),
        ],
      },
    },
  },
  {
    text: 'topk(3, x) > bool on(a) group_left(b) y @ 5',
    tree: {
      type: 'binaryExpr',
      op: '>',
      bool: true,
      lhs: { type: 'aggregation', op: 'topk', param: number('3'), expr: selector('x'), grouping: [], without: false },
      rhs: selector('y', { timestamp: 5000 }),
      matching: { card: 'many-to-one', labels: ['a'], on: true, include: ['b'], ...NO_FILL },
    },
  },
  {
    text: 'max_over_time(x[5m:1m] @ end())',
    tree: {
      type: 'call',
      func: { name: 'max_over_time', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
      args: [
        {
          type: 'subquery',
          expr: selector('x'),
          range: 300_000,
          rangeExpr: null,
          step: 60_000,
          stepExpr: null,
          offset: 0,
          offsetExpr: null,
          timestamp: null,
          startOrEnd: 'end',
        },
      ],
    },
  },
  {
    text: 'x and (y)',
    tree: {
      type: 'binaryExpr',
      op: 'and',
      bool: false,
      lhs: selector('x'),
      rhs: { type: 'parenExpr', expr: selector('y') },
      matching: { card: 'many-to-many', labels: [], on: false, include: [], ...NO_FILL },
    },
  },
  {
    text: 'x == Inf',
    tree: { type: 'binaryExpr', op: '==', bool: false, lhs: selector('x'), rhs: number('+Inf'), matching: null },
  },
  {
    text: '{"a.b"}',
    tree: selector('', { matchers: [{ name: '__name__', type: '=', value: 'a.b' }] }),
  },
  {
    text: '-x',
    tree: { type: 'unaryExpr', op: '-', expr: selector('x') },
  },
])('$text', ({ text, tree }) => {
  expect(parseTreeJson(parse(text))).toEqual(tree);
});
