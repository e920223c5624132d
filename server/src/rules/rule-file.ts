import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';
import type { FileProblem } from '../runtime/yaml-file.ts';
import { GoTemplate } from '../templates/go-template.ts';
import { prometheusFunctions } from '../templates/prometheus-functions.ts';
import type { RuleEvaluator } from './rule-evaluator.ts';
import { TEMPLATE_VARIABLES } from './rule-templates.ts';
import { locateIssues, readYaml, type YamlDocument } from './yaml-document.ts';

const blank = (value: unknown): unknown => (value === '' || value === null ? undefined : value);

const Text = z.string({ error: 'must be text' });
const Duration = z.preprocess(
  blank,
  Text.transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed === undefined) {
      context.addIssue(`${JSON.stringify(text)} is not a duration; write it like 30s, 5m or 1h30m`);
      return z.NEVER;
    }
    return parsed;
  }).optional(),
);
const Limit = z.preprocess(
  blank,
  Text.regex(/^\d+$/, 'must be a whole number of alerts or series; 0 means no limit').transform(Number).optional(),
);
const LabelMap = z.preprocess(
  blank,
  z
    .record(
      Text.min(1),
      z.preprocess((value) => value ?? '', Text),
    )
    .optional(),
);

const RuleEntry = z.strictObject({
  record: z.preprocess(blank, Text.optional()),
  alert: z.preprocess(blank, Text.optional()),
  expr: Text.min(1, 'is empty; give a PromQL expression'),
  for: Duration,
  keep_firing_for: Duration,
  labels: LabelMap,
  annotations: LabelMap,
});

const GroupEntry = z.strictObject({
  name: Text.min(1, 'a group needs a name'),
  interval: Duration,
  query_offset: Duration,
  limit: Limit,
  labels: LabelMap,
  rules: z.preprocess((value) => blank(value) ?? [], z.array(RuleEntry, { error: 'must be a list of rules' })),
});

const RuleFileSchema = z.strictObject({
  groups: z.preprocess((value) => blank(value) ?? [], z.array(GroupEntry, { error: 'must be a list of groups' })),
});

type RuleEntry = z.infer<typeof RuleEntry>;
type GroupEntry = z.infer<typeof GroupEntry>;

export interface AlertingRuleSpec {
  readonly kind: 'alerting';
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Templates. The group's labels are already merged in. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRuleSpec {
  readonly kind: 'recording';
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type RuleSpec = AlertingRuleSpec | RecordingRuleSpec;

export interface RuleGroupSpec {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  /** 0 means none. */
  readonly limit: number;
  readonly rules: readonly RuleSpec[];
}

export interface RuleFileDefaults {
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
}

export type ParsedRuleFile =
  | { readonly ok: true; readonly groups: readonly RuleGroupSpec[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

export interface RuleFileText {
  readonly file: string;
  readonly text: string;
}

const MAX_FILE_LENGTH = 4_000_000;

/** Parses and checks a Prometheus rule file completely: every problem is reported, with its line and column. */
export function parseRuleFile(source: RuleFileText, check: RuleEvaluator['check'], defaults: RuleFileDefaults): ParsedRuleFile {
  if (source.text.length > MAX_FILE_LENGTH) {
    const message = `is larger than ${MAX_FILE_LENGTH} characters; split it`;
    return { ok: false, problems: [{ file: source.file, line: 1, column: 1, path: '', message }] };
  }
  const document = readYaml(source.file, source.text);
  if (document.problems.length > 0) {
    return { ok: false, problems: document.problems };
  }
  const parsed = RuleFileSchema.safeParse(blank(document.value) ?? {});
  if (!parsed.success) {
    const issues = locateIssues(document, parsed.error.issues, knownKeys);
    return { ok: false, problems: [...issues, ...problemsOfWellFormed(document, check)] };
  }
  const problems = findProblems(document, parsed.data.groups, check);
  if (problems.length > 0) {
    return { ok: false, problems };
  }
  const warnings = document.documents > 1 ? [`${source.file}: only the first YAML document is used`] : [];
  return { ok: true, groups: parsed.data.groups.map((group) => toGroup(source.file, group, defaults)), warnings };
}

function knownKeys(path: readonly PropertyKey[]): string {
  const shape = { 0: RuleFileSchema.shape, 2: GroupEntry.shape, 4: RuleEntry.shape }[path.length as 0 | 2 | 4];
  return shape === undefined ? '' : ` (known: ${Object.keys(shape).join(', ')})`;
}

function findProblems(document: YamlDocument, groups: readonly GroupEntry[], check: RuleEvaluator['check']): FileProblem[] {
  const seen = new Set<string>();
  return groups.flatMap((group, index) => {
    const path = ['groups', index];
    const repeated = seen.has(group.name)
      ? [document.problemAt([...path, 'name'], `group name ${JSON.stringify(group.name)} is used twice in this file; rename one`)]
      : [];
    seen.add(group.name);
    const at = (rest: readonly PropertyKey[], message: string): FileProblem => document.problemAt([...path, ...rest], message);
    return [
      ...repeated,
      ...labelProblems(group.labels).map(([name, message]) => at(['labels', name], message)),
      ...group.rules.flatMap((rule, ruleIndex) =>
        ruleProblems(rule, check).map(([rest, message]) => at(['rules', ruleIndex, ...rest], message)),
      ),
    ];
  });
}

const Loose = z.object({ groups: z.array(z.object({ rules: z.array(z.unknown()) })) });

/** A mistake in the form of one rule must not hide those in the content of another. */
function problemsOfWellFormed(document: YamlDocument, check: RuleEvaluator['check']): FileProblem[] {
  const { data } = Loose.safeParse(document.value);
  return (data?.groups ?? []).flatMap((group, index) =>
    group.rules.flatMap((entry, ruleIndex) => {
      const rule = RuleEntry.safeParse(entry).data;
      const findings = rule === undefined ? [] : ruleProblems(rule, check);
      return findings.map(([rest, message]) => document.problemAt(['groups', index, 'rules', ruleIndex, ...rest], message));
    }),
  );
}

type Finding = readonly [path: readonly string[], message: string];

function ruleProblems(rule: RuleEntry, check: RuleEvaluator['check']): readonly Finding[] {
  const wrongExpr = check(rule.expr);
  return [
    ...kindProblems(rule),
    ...(wrongExpr === null ? [] : [[['expr'], `could not parse expression: ${wrongExpr.message}`] as const]),
    ...labelProblems(rule.labels).map(([name, message]) => [['labels', name], message] as const),
    ...(rule.alert === undefined ? [] : [...templateProblems(rule, 'labels'), ...templateProblems(rule, 'annotations')]),
  ];
}

function kindProblems(rule: RuleEntry): readonly Finding[] {
  if (rule.record === undefined && rule.alert === undefined) {
    return [[[], 'is neither a recording nor an alerting rule; add "record: name" or "alert: Name"']];
  }
  if (rule.record !== undefined && rule.alert !== undefined) {
    return [[['record'], 'has both record and alert; split it into two rules']];
  }
  if (rule.record === undefined) {
    return [];
  }
  const forbidden = (['annotations', 'for', 'keep_firing_for'] as const).filter((key) => rule[key] !== undefined);
  return [
    ...forbidden.map((key) => [[key], 'has no meaning in a recording rule; remove it'] as const),
    ...(/[{}]/.test(rule.record)
      ? [[['record'], 'a metric name must not contain braces; put labels under "labels"'] as const]
      : []),
  ];
}

function labelProblems(
  labels: Readonly<Record<string, string>> | undefined,
): readonly (readonly [name: string, message: string])[] {
  return Object.keys(labels ?? {})
    .filter((name) => name === '__name__')
    .map((name) => [name, 'the metric name cannot be set as a label; use "record" for it'] as const);
}

function templateProblems(rule: RuleEntry, field: 'labels' | 'annotations'): readonly Finding[] {
  return Object.entries(rule[field] ?? {}).flatMap(([name, text]) => {
    try {
      new GoTemplate({ functions: prometheusFunctions(), variables: TEMPLATE_VARIABLES }).add(`__alert_${rule.alert}`, text);
      return [];
    } catch (error) {
      return [[[field, name], error instanceof Error ? error.message : String(error)] as const];
    }
  });
}

function toGroup(file: string, group: GroupEntry, defaults: RuleFileDefaults): RuleGroupSpec {
  return {
    file,
    name: group.name,
    intervalMs: group.interval || defaults.intervalMs,
    queryOffsetMs: group.query_offset ?? defaults.queryOffsetMs,
    limit: group.limit ?? 0,
    rules: group.rules.map((rule) => toRule(rule, group.labels ?? {})),
  };
}

function toRule(rule: RuleEntry, groupLabels: Readonly<Record<string, string>>): RuleSpec {
  const labels = { ...groupLabels, ...rule.labels };
  const expr = rule.expr.trim();
  if (rule.alert === undefined) {
    return { kind: 'recording', name: rule.record ?? '', expr, labels };
  }
  return {
    kind: 'alerting',
    name: rule.alert,
    expr,
    forMs: rule.for ?? 0,
    keepFiringForMs: rule.keep_firing_for ?? 0,
    labels,
    annotations: rule.annotations ?? {},
  };
}
