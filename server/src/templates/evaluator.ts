import { resolveField } from './fields.ts';
import { sprint } from './go-print.ts';
import type { Branch, Command, Node, Operand, ParsedTemplate, Pipe } from './nodes.ts';
import type { Output } from './output.ts';
import { errorAt, TemplateError } from './template-error.ts';
import { type FunctionMap, GoList, GoMap, isTrue, SafeText, type TemplateFunction, typeName, type Value } from './values.ts';

/** What bounds one execution. */
export interface Limits {
  readonly maxSteps: number;
  readonly maxOutputLength: number;
  readonly maxDepth: number;
}

export interface Execution {
  readonly templates: ReadonlyMap<string, ParsedTemplate>;
  readonly functions: FunctionMap;
  readonly output: Output;
  readonly limits: Limits;
}

/** What the template's text did: go on, or leave the innermost range. */
type Flow = 'next' | 'break' | 'continue';

interface Variable {
  readonly name: string;
  value: Value;
}

/** Runs one parsed template; `define`d ones get an evaluator of their own, as they see no outer variables. */
export class Evaluator {
  readonly #execution: Execution;
  readonly #template: ParsedTemplate;
  readonly #variables: Variable[];
  readonly #depth: number;
  readonly #budget: { steps: number };

  constructor(
    execution: Execution,
    template: ParsedTemplate,
    start: { variables: Variable[]; depth: number; budget: { steps: number } },
  ) {
    this.#execution = execution;
    this.#template = template;
    this.#variables = start.variables;
    this.#depth = start.depth;
    this.#budget = start.budget;
  }

  /** @throws TemplateError with template, line and column. */
  async run(dot: Value): Promise<void> {
    await this.#list(this.#template.body, dot);
  }

  async #list(nodes: readonly Node[], dot: Value): Promise<Flow> {
    for (const node of nodes) {
      const flow = await this.#node(node, dot);
      if (flow !== 'next') {
        return flow;
      }
    }
    return 'next';
  }

  async #node(node: Node, dot: Value): Promise<Flow> {
    this.#spend(node.offset);
    switch (node.kind) {
      case 'text':
        this.#execution.output.writeText(node.text);
        return 'next';
      case 'action':
        await this.#action(node.pipe, dot);
        return 'next';
      case 'template':
        await this.#invoke(node.name, node.pipe === null ? null : await this.#pipe(node.pipe, dot), node.offset);
        return 'next';
      case 'break':
      case 'continue':
        return node.kind;
      case 'if':
      case 'with':
      case 'range':
        return this.#scoped(() => this.#branch(node, dot));
    }
  }

  async #scoped(body: () => Promise<Flow>): Promise<Flow> {
    const outer = this.#variables.length;
    const flow = await body();
    this.#variables.length = outer;
    return flow;
  }

  async #action(pipe: Pipe, dot: Value): Promise<void> {
    const value = await this.#pipe(pipe, dot);
    if (pipe.variables.length > 0) {
      return;
    }
    const text = value === null || value === undefined ? '<no value>' : sprint([value]);
    this.#execution.output.writeValue(text, value instanceof SafeText ? value.kind : null);
    this.#spend(pipe.offset);
  }

  async #branch(node: Branch, dot: Value): Promise<Flow> {
    if (node.kind === 'range') {
      return this.#range(node, dot);
    }
    const value = await this.#pipe(node.pipe, dot);
    if (isTrue(value)) {
      return this.#list(node.body, node.kind === 'with' ? value : dot);
    }
    return this.#list(node.otherwise, dot);
  }

  async #range(node: Branch, dot: Value): Promise<Flow> {
    const value = await this.#pipe({ ...node.pipe, variables: [] }, dot);
    const items = this.#rangeItems(value, node.pipe.offset);
    let isEmpty = true;
    for (const [key, item] of items) {
      isEmpty = false;
      this.#spend(node.offset);
      const flow = await this.#scoped(() => {
        this.#bindRange(node.pipe, key, item);
        return this.#list(node.body, item);
      });
      if (flow === 'break') {
        break;
      }
    }
    return isEmpty ? this.#list(node.otherwise, dot) : 'next';
  }

  #bindRange(pipe: Pipe, key: Value, item: Value): void {
    const [first, second] = pipe.variables;
    const pairs: readonly (readonly [string | undefined, Value])[] =
      second === undefined
        ? [[first, item]]
        : [
            [first, key],
            [second, item],
          ];
    for (const [name, value] of pairs) {
      if (name !== undefined) {
        this.#bind(name, value, pipe.assigns);
      }
    }
  }

  #rangeItems(value: Value, offset: number): Iterable<readonly [Value, Value]> {
    if (value instanceof GoList) {
      return value.items.map((item, index) => [BigInt(index), item] as const);
    }
    if (value instanceof GoMap) {
      return value.sortedKeys.map((key) => [key, value.entries.get(key)] as const);
    }
    if (typeof value === 'bigint') {
      return countTo(value);
    }
    if (value === null || value === undefined) {
      return [];
    }
    throw this.#error(offset, `range can't iterate over ${typeName(value)}`);
  }

  async #invoke(name: string, dot: Value, offset: number): Promise<void> {
    const template = this.#execution.templates.get(name);
    if (template === undefined) {
      throw this.#error(offset, `template ${JSON.stringify(name)} not defined`);
    }
    if (this.#depth >= this.#execution.limits.maxDepth) {
      throw this.#error(offset, `templates call each other deeper than ${this.#execution.limits.maxDepth}`);
    }
    const start = { variables: [{ name: '$', value: dot }], depth: this.#depth + 1, budget: this.#budget };
    await new Evaluator(this.#execution, template, start).run(dot);
  }

  async #pipe(pipe: Pipe, dot: Value): Promise<Value> {
    let value: Value;
    let piped: readonly Value[] = [];
    for (const command of pipe.commands) {
      value = await this.#command(command, dot, piped);
      piped = [value];
    }
    for (const name of pipe.variables) {
      this.#bind(name, value, pipe.assigns);
    }
    return value;
  }

  #bind(name: string, value: Value, assigns: boolean): void {
    const known = assigns ? this.#variables.findLast((variable) => variable.name === name) : undefined;
    if (known === undefined) {
      this.#variables.push({ name, value });
    } else {
      known.value = value;
    }
  }

  async #command({ operands }: Command, dot: Value, piped: readonly Value[]): Promise<Value> {
    const [first, ...rest] = operands;
    if (first === undefined) {
      return undefined;
    }
    this.#spend(first.offset);
    if (first.kind === 'function') {
      return this.#function(first, { rest, dot, piped });
    }
    if (first.kind === 'path') {
      return this.#path(first, dot, { rest, piped });
    }
    if (rest.length > 0 || piped.length > 0) {
      throw this.#error(first.offset, "can't give argument to non-function");
    }
    return this.#operand(first, dot);
  }

  async #operand(operand: Operand, dot: Value): Promise<Value> {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'nil':
        return null;
      case 'dot':
        return dot;
      case 'pipe':
        return this.#pipe(operand.pipe, dot);
      case 'function':
        return this.#function(operand, { rest: [], dot, piped: [] });
      case 'path':
        return this.#path(operand, dot, { rest: [], piped: [] });
    }
  }

  async #function(
    operand: Extract<Operand, { kind: 'function' }>,
    { rest, dot, piped }: { rest: readonly Operand[]; dot: Value; piped: readonly Value[] },
  ): Promise<Value> {
    if (operand.name === 'and' || operand.name === 'or') {
      return this.#shortCircuit(operand, { rest, dot, piped });
    }
    const callee = this.#execution.functions.get(operand.name);
    if (callee === undefined) {
      throw this.#error(operand.offset, `${JSON.stringify(operand.name)} is not a defined function`);
    }
    return this.#call({ name: operand.name, offset: operand.offset, callee }, [...(await this.#all(rest, dot)), ...piped]);
  }

  async #shortCircuit(
    operand: Extract<Operand, { kind: 'function' }>,
    { rest, dot, piped }: { rest: readonly Operand[]; dot: Value; piped: readonly Value[] },
  ): Promise<Value> {
    const stopsAt = operand.name === 'or';
    if (rest.length + piped.length === 0) {
      throw this.#error(operand.offset, `wrong number of args for ${operand.name}: want at least 1 got 0`);
    }
    let value: Value;
    for (const candidate of rest) {
      value = await this.#operand(candidate, dot);
      if (isTrue(value) === stopsAt) {
        return value;
      }
    }
    return piped.length > 0 ? piped[0] : value;
  }

  async #all(operands: readonly Operand[], dot: Value): Promise<readonly Value[]> {
    const values: Value[] = [];
    for (const operand of operands) {
      values.push(await this.#operand(operand, dot));
    }
    return values;
  }

  async #path(
    operand: Extract<Operand, { kind: 'path' }>,
    dot: Value,
    { rest, piped }: { rest: readonly Operand[]; piped: readonly Value[] },
  ): Promise<Value> {
    let value = await this.#base(operand, dot);
    for (const [index, field] of operand.fields.entries()) {
      const isLast = index === operand.fields.length - 1;
      const values = isLast ? [...(await this.#all(rest, dot)), ...piped] : [];
      value = await this.#field(value, { field, values, offset: operand.offset });
    }
    if (operand.fields.length === 0 && rest.length + piped.length > 0) {
      throw this.#error(operand.offset, "can't give argument to non-function");
    }
    return value;
  }

  async #base({ base, offset }: Extract<Operand, { kind: 'path' }>, dot: Value): Promise<Value> {
    if (base === null) {
      return dot;
    }
    if (base.kind === 'pipe') {
      return this.#pipe(base.pipe, dot);
    }
    const variable = this.#variables.findLast((candidate) => candidate.name === base.name);
    if (variable === undefined) {
      throw this.#error(offset, `undefined variable: ${base.name}`);
    }
    return variable.value;
  }

  async #field(
    receiver: Value,
    { field, values, offset }: { field: string; values: readonly Value[]; offset: number },
  ): Promise<Value> {
    const found = resolveField(receiver, field);
    if (found.kind === 'method') {
      return this.#call({ name: field, offset, callee: found.method }, values);
    }
    if (found.kind === 'missing') {
      throw this.#error(offset, found.reason);
    }
    if (values.length > 0) {
      throw this.#error(offset, `${field} has arguments but cannot be invoked as function`);
    }
    return found.value;
  }

  async #call(
    { name, offset, callee }: { name: string; offset: number; callee: TemplateFunction },
    values: readonly Value[],
  ): Promise<Value> {
    if (values.length < callee.min || values.length > callee.max) {
      const wanted = callee.max === callee.min ? String(callee.min) : `at least ${callee.min}`;
      throw this.#error(offset, `wrong number of args for ${name}: want ${wanted} got ${values.length}`);
    }
    try {
      return await callee.call(values);
    } catch (cause) {
      if (cause instanceof TemplateError) {
        throw cause;
      }
      throw this.#error(offset, `error calling ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  }

  #spend(offset: number): void {
    const { limits, output } = this.#execution;
    this.#budget.steps += 1;
    if (this.#budget.steps > limits.maxSteps) {
      throw this.#error(offset, `template runs longer than ${limits.maxSteps} steps`);
    }
    if (output.length > limits.maxOutputLength) {
      throw this.#error(offset, `template prints more than ${limits.maxOutputLength} characters`);
    }
  }

  #error(offset: number, message: string, cause?: unknown): TemplateError {
    return errorAt({ template: this.#template.name, text: this.#template.text, offset }, message, cause);
  }
}

function* countTo(end: bigint): Generator<readonly [Value, Value]> {
  for (let i = 0n; i < end; i += 1n) {
    yield [i, i];
  }
}
