import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tila-test-rules-'));
  printed = '';
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], files: Readonly<Record<string, string>> = {}, cwd = folder): Promise<number> {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  const print = (text: string): void => {
    printed += text;
  };
  return main(args, { write: print, writeError: print, env: {}, cwd });
}

const RULES = `groups:
  - name: g
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: job:up:sum == 0
        for: 2m
        labels: { severity: page }
        annotations: { summary: '{{ $labels.job }} in {{ $externalLabels.region }} at {{ $value }}' }
`;

const TEST = (summary: string): string => `rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - name: outage
    external_labels: { region: north }
    input_series:
      - { series: 'up{job="a"}', values: '1 1 0x10' }
    alert_rule_test:
      - { eval_time: 3m, alertname: Down }
      - eval_time: 4m30s
        alertname: Down
        exp_alerts:
          - exp_labels: { severity: page, job: a }
            exp_annotations: { summary: '${summary}' }
    promql_expr_test:
      - expr: ALERTS
        eval_time: 3m
        exp_samples:
          - { labels: 'ALERTS{alertname="Down", alertstate="pending", job="a", severity="page"}', value: 1 }
      - { expr: 'job:up:sum', eval_time: 1m, exp_samples: [{ labels: 'job:up:sum{job="a"}', value: 1 }] }
`;

describe('test rules', () => {
  it('passes what is as expected', async () => {
    expect(await run(['test', 'rules', 't.yaml'], { 'rules.yaml': RULES, 't.yaml': TEST('a in north at 0') })).toBe(0);
    expect(printed).toBe('4 passed, 0 failed\n');
  });

  it('shows what differs, with its line', async () => {
    expect(await run(['test', 'rules', 't.yaml'], { 'rules.yaml': RULES, 't.yaml': TEST('b') })).toBe(1);
    expect(printed).toContain('FAIL t.yaml:10: outage: alert Down at 270 s: expected (-), got (+):');
    expect(printed).toContain('annotations {summary="b"}');
    expect(printed).toContain('annotations {summary="a in north at 0"}');
    expect(printed.trimEnd().endsWith('3 passed, 1 failed')).toBe(true);
  });

  it.for([
    { why: 'an unknown key', test: 'tests: []\nnonsense: 1\n', message: 't.yaml:2:' },
    { why: 'a bad duration', test: 'evaluation_interval: 1x\n', message: '"1x" is not a duration' },
    { why: 'a bad series', test: 'tests: [{ input_series: [{ series: "up{", values: "1" }] }]\n', message: 'unclosed braces' },
    { why: 'a group named twice', test: 'group_eval_order: [a, a]\n', message: 'group "a" is named twice' },
    { why: 'a bad rule file', test: 'rule_files: [bad.yaml]\ntests: [{}]\n', message: 'bad.yaml:1:' },
    {
      why: 'a failing rule',
      test: 'rule_files: [failing.yaml]\ntests: [{ input_series: [{ series: m, values: 1 }, { series: n, values: 1 }], promql_expr_test: [{ expr: m, eval_time: 1m }] }]\n',
      message: 'rule r: vector cannot contain metrics with the same labelset',
    },
    {
      why: 'NaN',
      test: 'tests: [{ promql_expr_test: [{ expr: vector(NaN), exp_samples: [{ value: .nan }] }] }]\n',
      message: 'NaN never equals NaN',
    },
  ])('tells of $why', async ({ test, message }) => {
    const bad = 'groups: [{ name: g, rules: [{ record: r, expr: "1 +" }] }]\n';
    const failing =
      'groups: [{ name: g, rules: [{ record: r, expr: "label_replace({__name__=~`m|n`}, `__name__`, `x`, ``, ``)" }] }]\n';
    await run(['test', 'rules', 't.yaml'], { 't.yaml': test, 'bad.yaml': bad, 'failing.yaml': failing });
    expect(printed).toContain(message);
  });

  const upstream = fileURLToPath(new URL('../../../../shared/testdata/promtool/', import.meta.url));
  it.runIf(existsSync(upstream)).for([
    { file: 'unittest.yml', code: 0 },
    { file: 'long-period.yml', code: 0 },
    { file: 'no-test-group-interval.yml', code: 0 },
    { file: 'at-modifier-test.yml', code: 0 },
    { file: 'negative-offset-test.yml', code: 0 },
    { file: 'failing.yml', code: 1 },
    { file: 'bad-input-series.yml', code: 1 },
    { file: 'bad-promql.yml', code: 1 },
    { file: 'bad-rules-syntax-test.yml', code: 1 },
    { file: 'rules_run.yml', code: 1 },
    { file: 'rules_run_no_fuzzy.yml', code: 1 },
  ])('exits as promtool does: $file', async ({ file, code }) => {
    expect(await run(['test', 'rules', file], {}, upstream)).toBe(code);
  });

  it.runIf(existsSync(upstream))('runs only the tests that --run names', async () => {
    expect(await run(['test', 'rules', '--run', 'correct', 'rules_run.yml'], {}, upstream)).toBe(0);
    expect(await run(['test', 'rules', '--run', 'wrong', 'rules_run.yml'], {}, upstream)).toBe(1);
  });
});

describe('check rules', () => {
  it('tells every problem of every file', async () => {
    const bad =
      'groups:\n  - name: g\n    rules:\n      - { record: r, expr: "rate(up)" }\n      - { alert: A, expr: "up == 0", fore: 5m }\n';
    expect(await run(['check', 'rules', 'good.yaml', 'bad.yaml'], { 'good.yaml': RULES, 'bad.yaml': bad })).toBe(1);
    expect(printed).toContain('good.yaml is good: 2 rules in 1 groups');
    expect(printed).toContain(
      'bad.yaml:4:28: groups[0].rules[0].expr: could not parse expression: 1:6: parse error: expected type range vector',
    );
    expect(printed).toContain('bad.yaml:5:44: groups[0].rules[1].fore: unknown key');
    expect(printed.trimEnd().endsWith('2 problems found')).toBe(true);
  });
});
