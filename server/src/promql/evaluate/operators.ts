import type { BinaryOperator } from '../ast.ts';
import { power } from '../power.ts';

/** An arithmetic operator's value; for a comparison, 1 when it holds and 0 when not. */
export type Operation = (left: number, right: number) => number;

/** The operation behind an operator. Set operators have none: they never look at values. */
export function operationOf(op: BinaryOperator): Operation {
  const operation = OPERATIONS.get(op);
  if (operation === undefined) {
    throw new TypeError(`operator ${op} has no values`);
  }
  return operation;
}

/** The operation itself, as one switch: a loop over it stays fast whatever operators a process has met before. */
export function operate(op: BinaryOperator, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    default:
      return operationOf(op)(left, right);
  }
}

const OPERATIONS: ReadonlyMap<BinaryOperator, Operation> = new Map<BinaryOperator, Operation>([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
  ['^', power],
  ['atan2', Math.atan2],
  ['==', (a, b) => (a === b ? 1 : 0)],
  ['!=', (a, b) => (a !== b ? 1 : 0)],
  ['<', (a, b) => (a < b ? 1 : 0)],
  ['>', (a, b) => (a > b ? 1 : 0)],
  ['<=', (a, b) => (a <= b ? 1 : 0)],
  ['>=', (a, b) => (a >= b ? 1 : 0)],
]);
