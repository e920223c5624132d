import { z } from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { parseSeriesLine, type WrittenSeries } from '../../promql/conformance/series-line.ts';
import { locateIssues, readYaml } from '../../rules/yaml-document.ts';
import type { FileProblem } from '../../runtime/yaml-file.ts';

const absentWhenEmpty = (value: unknown): unknown => (value === '' || value === null ? undefined : value);
const emptyListWhenAbsent = (value: unknown): unknown => absentWhenEmpty(value) ?? [];

const Text = z.string({ error: 'must be text' });
const OptionalText = z.preprocess(absentWhenEmpty, Text.optional());
const Duration = z.preprocess(
  absentWhenEmpty,
  Text.transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      context.addIssue(`${JSON.stringify(text)} is not a duration; write it like 30s, 5m or 1h30m`);
      return z.NEVER;
    }
    return ms;
  }).optional(),
);
const Labels = z.preprocess(
  (value) => absentWhenEmpty(value) ?? {},
  z.record(
    Text,
    z.preprocess((value) => value ?? '', Text),
  ),
);
const Switch = z.preprocess(absentWhenEmpty, z.enum(['true', 'false']).optional());
const Time = z.preprocess(
  absentWhenEmpty,
  Text.transform((text, context) => {
    const ms = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
    if (Number.isNaN(ms)) {
      context.addIssue(`${JSON.stringify(text)} is not a time; write Unix seconds or RFC 3339`);
      return z.NEVER;
    }
    return Math.round(ms);
  }).optional(),
);
const Value = z.preprocess(
  absentWhenEmpty,
  Text.transform((text, context) => {
    const value = yamlNumber(text);
    if (value === undefined) {
      context.addIssue(`${JSON.stringify(text)} is not a number`);
      return z.NEVER;
    }
    return value;
  }).optional(),
);

const InputSeries = z.strictObject({ series: Text, values: z.preprocess((value) => value ?? '', Text) });
const ExpectedAlert = z.strictObject({ exp_labels: Labels, exp_annotations: Labels });
const AlertCase = z.strictObject({
  eval_time: Duration,
  alertname: Text.min(1, 'misses the name of the alert'),
  exp_alerts: z.preprocess(
    emptyListWhenAbsent,
    z.array(
      z.preprocess((value) => absentWhenEmpty(value) ?? {}, ExpectedAlert),
      { error: 'must be a list of alerts' },
    ),
  ),
});
const ExpectedSample = z.strictObject({ labels: OptionalText, value: Value, histogram: OptionalText });
const ExpressionCase = z.strictObject({
  expr: Text,
  eval_time: Duration,
  exp_samples: z.preprocess(emptyListWhenAbsent, z.array(ExpectedSample, { error: 'must be a list of samples' })),
});
const TestGroup = z.strictObject({
  name: OptionalText,
  interval: Duration,
  start_timestamp: Time,
  input_series: z.preprocess(emptyListWhenAbsent, z.array(InputSeries, { error: 'must be a list of series' })),
  alert_rule_test: z.preprocess(emptyListWhenAbsent, z.array(AlertCase, { error: 'must be a list of cases' })),
  promql_expr_test: z.preprocess(emptyListWhenAbsent, z.array(ExpressionCase, { error: 'must be a list of cases' })),
  external_labels: Labels,
  external_url: OptionalText,
});
const TestFile = z.strictObject({
  rule_files: z.preprocess(emptyListWhenAbsent, z.array(Text, { error: 'must be a list of files' })),
  evaluation_interval: Duration,
  group_eval_order: z.preprocess(emptyListWhenAbsent, z.array(Text, { error: 'must be a list of group names' })),
  tests: z.preprocess(emptyListWhenAbsent, z.array(TestGroup, { error: 'must be a list of tests' })),
  fuzzy_compare: Switch,
});

export type AlertCase = z.infer<typeof AlertCase>;
export type ExpressionCase = z.infer<typeof ExpressionCase>;
export type TestGroup = z.infer<typeof TestGroup>;

/** A read test file. `lineOf` gives the line on which a part of it stands. */
export interface RuleTestFile {
  readonly file: string;
  readonly spec: z.infer<typeof TestFile>;
  /** The input series of each test, in its order. */
  readonly series: readonly (readonly WrittenSeries[])[];
  readonly lineOf: (...path: readonly PropertyKey[]) => number;
}

/** Reads a test file in the format of `promtool test rules`; every problem is reported with its line. */
export function parseRuleTestFile(
  file: string,
  text: string,
): { readonly ok: true; readonly value: RuleTestFile } | { readonly ok: false; readonly problems: readonly FileProblem[] } {
  const document = readYaml(file, text);
  if (document.problems.length > 0) {
    return { ok: false, problems: document.problems };
  }
  const parsed = TestFile.safeParse(document.value ?? {});
  if (!parsed.success) {
    return { ok: false, problems: locateIssues(document, parsed.error.issues, () => '') };
  }
  const problems: FileProblem[] = [];
  const repeated = parsed.data.group_eval_order.filter((name, index, all) => all.indexOf(name) !== index);
  problems.push(
    ...repeated.map((name) => document.problemAt(['group_eval_order'], `group ${JSON.stringify(name)} is named twice`)),
  );
  const series = parsed.data.tests.map((test, index) =>
    test.input_series.flatMap((input, at) => {
      try {
        return [parseSeriesLine(`${input.series} ${input.values}`)];
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        problems.push(document.problemAt(['tests', index, 'input_series', at, 'series'], message));
        return [];
      }
    }),
  );
  if (problems.length > 0) {
    return { ok: false, problems };
  }
  return {
    ok: true,
    value: { file, spec: parsed.data, series, lineOf: (...path) => document.problemAt(path, '').line },
  };
}

/** A YAML number: also `.inf`, `-.Inf` and `.nan`. */
function yamlNumber(text: string): number | undefined {
  const infinite = /^([+-]?)\.?inf$/i.exec(text);
  if (infinite !== null) {
    return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (/^\.?nan$/i.test(text)) {
    return Number.NaN;
  }
  const value = Number(text.replaceAll('_', ''));
  return text.trim() === '' || Number.isNaN(value) ? undefined : value;
}
