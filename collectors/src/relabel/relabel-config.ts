import { RE2JS } from 're2js';
import { z } from 'zod';

export const RelabelAction = z.enum([
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
]);
export type RelabelAction = z.infer<typeof RelabelAction>;

/** YAML reads an unquoted `1` or `true` as something else than text; Prometheus takes it as text. */
const ScalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** RE2 syntax, as everywhere in Prometheus; matched against the whole text. */
const Regex = ScalarText.superRefine((regex, context) => {
  try {
    compileAnchored(regex);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `not a valid RE2 regex: ${error instanceof Error ? error.message : error}` });
  }
});

const NEEDS_TARGET: readonly RelabelAction[] = ['replace', 'hashmod', 'keepequal', 'dropequal', 'lowercase', 'uppercase'];

/** One entry of `relabel_configs` or `metric_relabel_configs`, spelled and checked as in Prometheus. */
export const RelabelConfig = z
  .strictObject({
    source_labels: z.array(z.string().min(1)).default([]),
    separator: z.string().default(';'),
    target_label: z.string().optional(),
    regex: Regex.default('(.*)'),
    modulus: z.number().int().positive().optional(),
    replacement: ScalarText.default('$1'),
    action: z.string().toLowerCase().pipe(RelabelAction).default('replace'),
  })
  .superRefine((config, context) => {
    if (NEEDS_TARGET.includes(config.action) && (config.target_label ?? '') === '') {
      context.addIssue({ code: 'custom', path: ['target_label'], message: `action ${config.action} needs target_label` });
    }
    if (config.action === 'hashmod' && config.modulus === undefined) {
      context.addIssue({ code: 'custom', path: ['modulus'], message: 'action hashmod needs modulus' });
    }
    if (['labeldrop', 'labelkeep'].includes(config.action) && (config.source_labels.length > 0 || config.target_label)) {
      context.addIssue({ code: 'custom', message: `action ${config.action} takes only regex` });
    }
  });
export type RelabelConfig = z.infer<typeof RelabelConfig>;

/** Anchored at both ends, the dot matching line ends too (Prometheus 3). */
export function compileAnchored(regex: string): RE2JS {
  return RE2JS.compile(`^(?s:${regex})$`);
}
