import type { Labels } from '../model/labels.ts';
import { GoTemplate } from '../templates/go-template.ts';
import { prometheusFunctions, type QuerySample } from '../templates/prometheus-functions.ts';
import { GoStruct, stringMap } from '../templates/values.ts';
import type { InstantSample } from './rule-evaluator.ts';

/** The variables every rule template may use, without `$`. */
export const TEMPLATE_VARIABLES: readonly string[] = ['labels', 'externalLabels', 'externalURL', 'value'];

/** What one evaluation gives to its templates. `query` runs at the evaluation time without the group's offset. */
export interface TemplateContext {
  readonly atMs: number;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly query: (expr: string) => Promise<readonly QuerySample[]>;
}

/** The parsed label or annotation templates of one alerting rule. */
export class RuleTemplates {
  readonly #constants: readonly (readonly [string, string])[];
  readonly #names: readonly string[];
  readonly #templates: GoTemplate;

  /** @throws TemplateError when a text does not parse; rule files are checked before they come here. */
  constructor(texts: Readonly<Record<string, string>>) {
    const entries = Object.entries(texts);
    const isTemplate = ([, text]: readonly [string, string]): boolean => text.includes('{{');
    this.#constants = entries.filter((entry) => !isTemplate(entry));
    this.#templates = new GoTemplate({
      functions: prometheusFunctions(),
      variables: TEMPLATE_VARIABLES,
      limits: { maxOutputLength: 64_000 },
    });
    const templated = entries.filter(isTemplate);
    this.#names = templated.map(([name]) => name);
    for (const [name, text] of templated) {
      this.#templates.add(name, text);
    }
  }

  /** Expands every template; one that fails becomes `<error expanding template: …>` and the others go on. */
  async expand(sample: InstantSample, context: TemplateContext): Promise<Record<string, string>> {
    const expanded: Record<string, string> = Object.fromEntries(this.#constants);
    for (const name of this.#names) {
      expanded[name] = await this.#expandOne(name, sample, context);
    }
    return expanded;
  }

  async #expandOne(name: string, { labels, value }: InstantSample, context: TemplateContext): Promise<string> {
    const variables = {
      labels: stringMap(labels.toJSON()),
      externalLabels: stringMap(context.externalLabels),
      externalURL: context.externalUrl,
      value,
    };
    const dot = new GoStruct('template data', {
      Labels: variables.labels,
      ExternalLabels: variables.externalLabels,
      ExternalURL: variables.externalURL,
      Value: value,
    });
    const functions = prometheusFunctions({ query: context.query, nowMs: context.atMs, externalUrl: context.externalUrl });
    try {
      return await this.#templates.execute(name, dot, { variables, functions });
    } catch (error) {
      return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
    }
  }
}

/** A vector as the template function `query` shows it. */
export function toQuerySamples(samples: readonly { readonly labels: Labels; readonly value: number }[]): readonly QuerySample[] {
  return samples.map(({ labels, value }) => ({ labels: labels.toJSON(), value }));
}
