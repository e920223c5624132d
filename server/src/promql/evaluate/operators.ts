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

/** An operator as `operate` takes it: looking at a number is what keeps its loops fast. */
export type OperatorCode = number;

const CODES: readonly BinaryOperator[] = ['+', '-', '*', '/', '==', '!=', '<', '>', '<=', '>=', '%', '^', 'atan2'];

export function codeOf(op: BinaryOperator): OperatorCode {
  return CODES.indexOf(op);
}

/** The operation itself, as one switch: a loop over it stays fast whatever operators a process has met before. */
export function operate(code: OperatorCode, left: number, right: number): number {
  switch (code) {
    case 0:
      return left + right;
    case 1:
      return left - right;
    case 2:
      return left * right;
    case 3:
      return left / right;
    case 4:
      return left === right ? 1 : 0;
    case 5:
      return left !== right ? 1 : 0;
    case 6:
      return left < right ? 1 : 0;
    case 7:
      return left > right ? 1 : 0;
    case 8:
      return left <= right ? 1 : 0;
    case 9:
      return left >= right ? 1 : 0;
    default:
      return operationOf(CODES[code] ?? 'and')(left, right);
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
