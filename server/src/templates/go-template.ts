import { BUILTINS, SHORT_CIRCUIT } from './builtins.ts';
import { Evaluator, type Limits } from './evaluator.ts';
import { HtmlOutput } from './html-output.ts';
import type { ParsedTemplate } from './nodes.ts';
import { TextOutput } from './output.ts';
import { parseTemplate } from './parser.ts';
import { errorAt } from './template-error.ts';
import type { FunctionMap, Value } from './values.ts';

export interface GoTemplateOptions {
  /** Functions beside Go's builtins; a name given here wins. */
  readonly functions?: FunctionMap;
  /** Variables (without `$`) that the text may use and `execute` must give. */
  readonly variables?: readonly string[];
  readonly limits?: Partial<Limits>;
}

export interface ExecuteOptions {
  readonly variables?: Readonly<Record<string, Value>>;
  /** `html` escapes printed values for where they land, in the manner of html/template. */
  readonly escape?: 'none' | 'html';
  /** Replaces functions for this execution, for those that need the evaluation time or data. */
  readonly functions?: FunctionMap;
}

const LIMITS: Limits = { maxSteps: 100_000, maxOutputLength: 1_000_000, maxDepth: 100 };

/**
 * A set of Go text/templates that know each other by name, with `missingkey=zero`. Parsing and executing never touch
 * anything but the values and functions given. Execution is asynchronous because functions may be, and bounded by `limits`.
 */
export class GoTemplate {
  readonly #templates = new Map<string, ParsedTemplate>();
  readonly #functions: FunctionMap;
  readonly #variables: readonly string[];
  readonly #limits: Limits;

  constructor(options: GoTemplateOptions = {}) {
    this.#functions = new Map([...BUILTINS, ...(options.functions ?? [])]);
    this.#variables = options.variables ?? [];
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /**
   * Adds a text under a name, with everything it defines; a later definition of a name replaces an earlier one, unless the later is blank.
   * @throws TemplateError naming template, line and column; then nothing is added.
   */
  add(name: string, text: string): this {
    const functions = new Set([...this.#functions.keys(), ...SHORT_CIRCUIT]);
    for (const template of parseTemplate({ name, text }, { functions, variables: this.#variables })) {
      if (!this.#templates.has(template.name) || !isBlank(template)) {
        this.#templates.set(template.name, template);
      }
    }
    return this;
  }

  has(name: string): boolean {
    return this.#templates.has(name);
  }

  /** Runs one template. @throws TemplateError naming template, line and column. */
  async execute(name: string, dot: Value, options: ExecuteOptions = {}): Promise<string> {
    const template = this.#templates.get(name);
    if (template === undefined) {
      throw errorAt({ template: name, text: '', offset: 0 }, `template ${JSON.stringify(name)} not defined`);
    }
    const output = options.escape === 'html' ? new HtmlOutput() : new TextOutput();
    const functions = options.functions === undefined ? this.#functions : new Map([...this.#functions, ...options.functions]);
    const given = Object.entries(options.variables ?? {}).map(([key, value]) => ({ name: `$${key}`, value }));
    const start = { variables: [{ name: '$', value: dot }, ...given], depth: 0, budget: { steps: 0 } };
    await new Evaluator({ templates: this.#templates, functions, output, limits: this.#limits }, template, start).run(dot);
    return output.toString();
  }

  /** Parses and runs a text that sees this set's templates, without adding it. @throws TemplateError */
  async expand(text: string, dot: Value, options: ExecuteOptions & { readonly name?: string } = {}): Promise<string> {
    if (!text.includes('{{')) {
      return text;
    }
    const name = options.name ?? '';
    const scratch = new GoTemplate({ functions: this.#functions, variables: this.#variables, limits: this.#limits });
    for (const [known, template] of this.#templates) {
      scratch.#templates.set(known, template);
    }
    return scratch.add(name, text).execute(name, dot, options);
  }
}

function isBlank(template: ParsedTemplate): boolean {
  return template.body.every((node) => node.kind === 'text' && node.text.trim() === '');
}
