import { lex, type Token, type TokenKind } from './lexer.ts';
import { readNumber, unquoteGo } from './literals.ts';
import type { Branch, Command, Node, Operand, ParsedTemplate, PathBase, Pipe } from './nodes.ts';
import { errorAt, type TemplateError } from './template-error.ts';

export interface ParseOptions {
  /** Names of the functions that may be called; an unknown one is an error here, as in Go. */
  readonly functions: ReadonlySet<string>;
  /** Variables that exist before the first line, without `$`. */
  readonly variables: readonly string[];
}

/** Parses one text. The first template of the result is the text itself, the others are what it defines. @throws TemplateError */
export function parseTemplate(source: { name: string; text: string }, options: ParseOptions): readonly ParsedTemplate[] {
  return new Parser(source, options).parse();
}

const MAX_NESTING = 100;

class Parser {
  readonly #source: { name: string; text: string };
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  readonly #defined: ParsedTemplate[] = [];
  #index = 0;
  #variables: string[];
  #depth = 0;
  #rangeDepth = 0;

  constructor(source: { name: string; text: string }, options: ParseOptions) {
    this.#source = source;
    this.#functions = options.functions;
    this.#variables = ['$', ...options.variables.map((name) => `$${name}`)];
    this.#tokens = lex(source.name, source.text);
  }

  parse(): readonly ParsedTemplate[] {
    const { nodes, end } = this.#list();
    if (end.text !== '') {
      throw this.#error(end, `unexpected {{${end.text}}}: nothing is open here`);
    }
    return [{ ...this.#source, body: nodes }, ...this.#defined];
  }

  /** Nodes up to an `else`, an `end` or the end of the text; that token is consumed (its pipe is not). */
  #list(): { nodes: readonly Node[]; end: Token } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end of template') {
        return { nodes, end: token };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text, offset: token.offset });
        continue;
      }
      const keyword = this.#peekSolid();
      if (keyword.kind === 'keyword' && (keyword.text === 'end' || keyword.text === 'else')) {
        this.#nextSolid();
        return { nodes, end: keyword };
      }
      nodes.push(...this.#action());
    }
  }

  #action(): readonly Node[] {
    const token = this.#peekSolid();
    if (token.kind !== 'keyword') {
      const pipe = this.#pipe('close');
      if (pipe.variables.length > 1) {
        throw this.#error(token, 'only range can declare two variables');
      }
      return [{ kind: 'action', pipe, offset: token.offset }];
    }
    this.#nextSolid();
    switch (token.text) {
      case 'if':
      case 'with':
      case 'range':
        return [this.#branch(token.text, token.offset)];
      case 'template':
        return [this.#template(token)];
      case 'define':
        this.#define(token);
        return [];
      case 'block':
        return [this.#block(token)];
      case 'break':
      case 'continue':
        return [this.#jump(token.text, token)];
      default:
        throw this.#error(token, `unexpected {{${token.text}}}`);
    }
  }

  #branch(kind: Branch['kind'], offset: number): Branch {
    this.#enter(offset);
    const outer = this.#variables.length;
    const pipe = this.#pipe('close');
    if (pipe.variables.length > 1 && kind !== 'range') {
      throw this.#errorAt(offset, `too many declarations in ${kind}`);
    }
    this.#rangeDepth += kind === 'range' ? 1 : 0;
    const { nodes, end } = this.#list();
    this.#rangeDepth -= kind === 'range' ? 1 : 0;
    const otherwise = this.#otherwise(kind, end, offset);
    this.#variables.length = outer;
    this.#depth -= 1;
    return { kind, pipe, body: nodes, otherwise, offset };
  }

  #otherwise(kind: Branch['kind'], end: Token, offset: number): readonly Node[] {
    if (end.text === 'end') {
      this.#expect('close');
      return [];
    }
    if (end.text !== 'else') {
      throw this.#errorAt(offset, `{{${kind}}} is never closed: add {{end}}`);
    }
    const next = this.#peekSolid();
    if (next.kind === 'keyword' && next.text === kind && kind !== 'range') {
      this.#nextSolid();
      return [this.#branch(kind, next.offset)];
    }
    this.#expect('close');
    const rest = this.#list();
    if (rest.end.text !== 'end') {
      throw this.#errorAt(
        offset,
        rest.end.text === 'else' ? `expected end; found {{else}}` : `{{${kind}}} is never closed: add {{end}}`,
      );
    }
    this.#expect('close');
    return rest.nodes;
  }

  #template(token: Token): Node {
    const name = this.#templateName(token);
    const pipe = this.#peekSolid().kind === 'close' ? null : this.#pipe('close');
    if (pipe === null) {
      this.#expect('close');
    }
    return { kind: 'template', name, pipe, offset: token.offset };
  }

  #templateName(token: Token): string {
    const name = this.#nextSolid();
    if (name.kind !== 'string' && name.kind !== 'raw string') {
      throw this.#error(name, `${token.text} needs a quoted name`);
    }
    return this.#text(name);
  }

  #define(token: Token): void {
    const name = this.#templateName(token);
    this.#expect('close');
    this.#defineBody(name, token);
  }

  #block(token: Token): Node {
    const name = this.#templateName(token);
    const pipe = this.#pipe('close');
    this.#defineBody(name, token);
    return { kind: 'template', name, pipe, offset: token.offset };
  }

  #defineBody(name: string, token: Token): void {
    this.#enter(token.offset);
    const [variables, rangeDepth] = [this.#variables, this.#rangeDepth];
    this.#variables = ['$'];
    this.#rangeDepth = 0;
    const { nodes, end } = this.#list();
    if (end.text !== 'end') {
      throw this.#error(token, `{{${token.text} ${JSON.stringify(name)}}} is never closed: add {{end}}`);
    }
    this.#expect('close');
    this.#defined.push({ name, text: this.#source.text, body: nodes });
    this.#variables = variables;
    this.#rangeDepth = rangeDepth;
    this.#depth -= 1;
  }

  #jump(kind: 'break' | 'continue', token: Token): Node {
    if (this.#rangeDepth === 0) {
      throw this.#error(token, `{{${kind}}} outside {{range}}`);
    }
    this.#expect('close');
    return { kind, offset: token.offset };
  }

  #pipe(until: TokenKind): Pipe {
    const start = this.#peekSolid();
    this.#enter(start.offset);
    const { variables, assigns } = this.#declarations();
    const commands: Command[] = [];
    for (;;) {
      commands.push(this.#command(commands.length));
      const token = this.#nextSolid();
      if (token.kind === until) {
        break;
      }
      if (token.kind !== 'pipe') {
        throw this.#error(token, `unexpected ${JSON.stringify(token.text)} in pipeline`);
      }
    }
    if (!assigns) {
      this.#variables.push(...variables);
    }
    this.#depth -= 1;
    return { variables, assigns, commands, offset: start.offset };
  }

  #declarations(): { variables: readonly string[]; assigns: boolean } {
    const start = this.#index;
    const variables: string[] = [];
    for (let token = this.#nextSolid(); token.kind === 'variable'; token = this.#nextSolid()) {
      variables.push(token.text);
      const mark = this.#nextSolid();
      if (mark.kind === ':=' || mark.kind === '=') {
        for (const name of mark.kind === '=' ? variables : []) {
          this.#requireVariable(name, mark);
        }
        return { variables, assigns: mark.kind === '=' };
      }
      if (mark.kind !== ',') {
        break;
      }
    }
    this.#index = start;
    return { variables: [], assigns: false };
  }

  #command(position: number): Command {
    const operands: Operand[] = [];
    const start = this.#peekSolid();
    for (let token = this.#peekSolid(); !ENDS_COMMAND.has(token.kind); token = this.#peekSolid()) {
      operands.push(this.#operand());
      const after = this.#peek();
      if (after.kind !== 'space' && !ENDS_COMMAND.has(after.kind)) {
        throw this.#error(after, `unexpected ${JSON.stringify(after.text)} in operand: put a space between operands`);
      }
    }
    const [first] = operands;
    if (first === undefined) {
      throw this.#error(start, 'missing value for command');
    }
    if (position > 0 && (first.kind === 'literal' || first.kind === 'nil' || first.kind === 'dot')) {
      throw this.#errorAt(first.offset, 'non executable command in pipeline');
    }
    if (first.kind === 'nil' && operands.length === 1) {
      throw this.#errorAt(first.offset, 'nil is not a command');
    }
    return { operands, offset: first.offset };
  }

  #operand(): Operand {
    const token = this.#nextSolid();
    const base = this.#term(token);
    const fields: string[] = [];
    while (this.#peek().kind === 'field') {
      fields.push(this.#next().text.slice(1));
    }
    return fields.length === 0 ? base : this.#chain(base, fields);
  }

  #chain(base: Operand, fields: readonly string[]): Operand {
    if (base.kind === 'path') {
      return { ...base, fields: [...base.fields, ...fields] };
    }
    if (base.kind === 'pipe') {
      return { kind: 'path', base: { kind: 'pipe', pipe: base.pipe }, fields, offset: base.offset };
    }
    if (base.kind === 'dot') {
      return { kind: 'path', base: null, fields, offset: base.offset };
    }
    if (base.kind === 'function') {
      const pipe: Pipe = {
        variables: [],
        assigns: false,
        commands: [{ operands: [base], offset: base.offset }],
        offset: base.offset,
      };
      return { kind: 'path', base: { kind: 'pipe', pipe }, fields, offset: base.offset };
    }
    throw this.#errorAt(base.offset, `unexpected .${fields[0]} after a constant`);
  }

  #term(token: Token): Operand {
    const { offset } = token;
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot', offset };
      case 'nil':
        return { kind: 'nil', offset };
      case 'bool':
        return { kind: 'literal', value: token.text === 'true', offset };
      case 'string':
      case 'raw string':
        return { kind: 'literal', value: this.#text(token), offset };
      case 'character':
        return { kind: 'literal', value: BigInt(this.#text(token).codePointAt(0) ?? 0), offset };
      case 'number':
        return { kind: 'literal', value: this.#guard(token, readNumber), offset };
      case 'field':
        return { kind: 'path', base: null, fields: [token.text.slice(1)], offset };
      case 'variable':
        return { kind: 'path', base: this.#variable(token), fields: [], offset };
      case 'identifier':
        return this.#function(token);
      case '(':
        return { kind: 'pipe', pipe: this.#pipe(')'), offset };
      default:
        throw this.#error(token, `unexpected ${JSON.stringify(token.text)} in operand`);
    }
  }

  #variable(token: Token): PathBase {
    this.#requireVariable(token.text, token);
    return { kind: 'variable', name: token.text };
  }

  #requireVariable(name: string, token: Token): void {
    if (!this.#variables.includes(name)) {
      throw this.#error(token, `undefined variable ${JSON.stringify(name)}`);
    }
  }

  #function(token: Token): Operand {
    if (!this.#functions.has(token.text)) {
      throw this.#error(token, `function ${JSON.stringify(token.text)} not defined`);
    }
    return { kind: 'function', name: token.text, offset: token.offset };
  }

  #text(token: Token): string {
    return token.kind === 'raw string' ? token.text.slice(1, -1) : this.#guard(token, unquoteGo);
  }

  #guard<T>(token: Token, read: (text: string) => T): T {
    try {
      return read(token.text);
    } catch (cause) {
      throw errorAt({ ...this.#place(token.offset) }, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #enter(offset: number): void {
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) {
      throw this.#errorAt(offset, `nested deeper than ${MAX_NESTING}`);
    }
  }

  #next(): Token {
    const token = this.#peek();
    this.#index += 1;
    return token;
  }

  #peek(): Token {
    const last = { kind: 'end of template', text: '', offset: this.#source.text.length } as const;
    return this.#tokens[this.#index] ?? last;
  }

  #nextSolid(): Token {
    const token = this.#peekSolid();
    this.#index += 1;
    return token;
  }

  #peekSolid(): Token {
    while (this.#peek().kind === 'space') {
      this.#index += 1;
    }
    return this.#peek();
  }

  #expect(kind: TokenKind): void {
    const token = this.#nextSolid();
    if (token.kind !== kind) {
      throw this.#error(token, `expected ${kind === 'close' ? '}}' : kind}; found ${JSON.stringify(token.text)}`);
    }
  }

  #place(offset: number): { template: string; text: string; offset: number } {
    return { template: this.#source.name, text: this.#source.text, offset };
  }

  #error(token: Token, message: string): TemplateError {
    return this.#errorAt(token.offset, message);
  }

  #errorAt(offset: number, message: string): TemplateError {
    return errorAt(this.#place(offset), message);
  }
}

const ENDS_COMMAND: ReadonlySet<TokenKind> = new Set<TokenKind>(['close', ')', 'pipe', 'end of template', 'text', 'open']);
