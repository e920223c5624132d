import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { formatProblem } from '../runtime/yaml-file.ts';
import { openStateStore } from '../state/state-store.ts';
import { FakeAlertStateStore } from './alert-state-store.fake.ts';
import { type AlertStateStore, SqlAlertStateStore } from './alert-state-store.ts';
import { fingerprint } from './fingerprint.ts';
import { type ParsedRuleFile, parseRuleFile } from './rule-file.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TESTDATA = fileURLToPath(new URL('../../../../shared/testdata/', import.meta.url));
const DEFAULTS = { intervalMs: 60_000, queryOffsetMs: 0 };

/** Syntax only, by Prometheus' own grammar. */
function check(expr: string): { readonly message: string } | null {
  let at = -1;
  parser.parse(expr).iterate({
    enter: (node) => {
      at = at < 0 && node.type.isError ? node.from : at;
    },
  });
  return at < 0 ? null : { message: `1:${at + 1}: parse error` };
}

const parse = (text: string): ParsedRuleFile => parseRuleFile({ file: 'f.yaml', text }, check, DEFAULTS);
const rule = (body: string): string => `groups:\n- name: g\n  rules:\n  - ${body}\n`;

function problemsOf(text: string): readonly string[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

describe('what a rule file may say', () => {
  it('quoted text that goes on without being indented, as Go reads it', () => {
    const parsed = parse(
      'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations:\n      d: "one,\n      two \\"2\\"\n    three"\n',
    );
    expect(parsed.ok && parsed.groups[0]?.rules[0]).toMatchObject({ annotations: { d: 'one, two "2" three' } });
  });

  it('durations, numbers as text, merge keys, group labels under rule labels, the first document only', () => {
    const full = parse(`groups:
- name: g
  interval: 1m30s
  query_offset: 10s
  limit: 5
  labels: {team: a, severity: low}
  rules:
  - alert: A
    expr: 1
    for: 1h
    keep_firing_for: 0
    labels: &l {severity: 1, on: yes}
    annotations:
  - record: a:b
    expr: vector(1)
    labels:
      <<: *l
---
second: document
`);
    expect(full).toMatchObject({
      ok: true,
      warnings: ['f.yaml: only the first YAML document is used'],
      groups: [
        {
          intervalMs: 90_000,
          queryOffsetMs: 10_000,
          limit: 5,
          rules: [
            {
              kind: 'alerting',
              expr: '1',
              forMs: 3_600_000,
              keepFiringForMs: 0,
              labels: { team: 'a', severity: '1', on: 'yes' },
            },
            { kind: 'recording', labels: { team: 'a', severity: '1', on: 'yes' } },
          ],
        },
      ],
    });
  });

  it.for(['', 'groups:', 'groups: []', '# only a comment'])('%j is a file without groups', (text) => {
    expect(parse(text)).toMatchObject({ ok: true, groups: [] });
  });
});

describe('what is refused, where, and how to mend it', () => {
  it.for<readonly [why: string, text: string, problem: RegExp]>([
    [
      'unknown key',
      rule('{alert: A, expr: up, fro: 5m}'),
      /^f\.yaml:4:\d+: groups\[0\]\.rules\[0\]\.fro: unknown key.*known: record, alert/,
    ],
    ['unknown key at the top', 'group: []', /^f\.yaml:1:\d+: group: unknown key/],
    ['bad duration', rule('{alert: A, expr: up, for: 5 minutes}'), /for: "5 minutes" is not a duration; write it like 30s/],
    ['neither', rule('{expr: up}'), /neither a recording nor an alerting rule/],
    ['both', rule('{alert: A, record: b, expr: up}'), /both record and alert/],
    ['for in a recording rule', rule('{record: b, expr: up, for: 5m}'), /for: has no meaning in a recording rule/],
    ['annotations in a recording rule', rule('{record: b, expr: up, annotations: {a: b}}'), /annotations: has no meaning/],
    ['braces', rule("{record: 'b{}', expr: up}"), /must not contain braces/],
    [
      'expression',
      rule('{alert: A, expr: "sum(up"}'),
      /^f\.yaml:4:\d+: groups\[0\]\.rules\[0\]\.expr: could not parse expression: 1:7: parse error/,
    ],
    ['no expression', rule('{alert: A}'), /expr: must be text/],
    ['empty expression', rule('{alert: A, expr: ""}'), /expr: is empty/],
    ['metric name as label', rule('{alert: A, expr: up, labels: {__name__: x}}'), /__name__: the metric name cannot be set/],
    ['template', rule("{alert: A, expr: up, annotations: {s: '{{ $labels.x }'}}"), /annotations\.s: template: __alert_A:1:\d+: /],
    ['template function', rule("{alert: A, expr: up, labels: {s: '{{ nope }}'}}"), /function "nope" not defined/],
    [
      'group name twice',
      'groups:\n- name: g\n  rules: []\n- name: g\n  rules: []\n',
      /^f\.yaml:4:9: groups\[1\]\.name: group name "g" is used twice/,
    ],
    ['no group name', 'groups:\n- name: ""\n', /a group needs a name/],
    ['key twice', rule('{alert: A, alert: B, expr: up}'), /^f\.yaml:4:\d+: .*unique/],
    ['not YAML', 'groups: [', /^f\.yaml:1:\d+: /],
    ['limit', 'groups:\n- name: g\n  limit: -1\n', /limit: must be a whole number/],
  ])('%s', ([, text, problem]) => {
    expect(problemsOf(text).join('\n')).toMatch(problem);
  });

  it('reports every problem at once', () => {
    expect(problemsOf(`${rule('{alert: A, expr: "(", labels: {__name__: x}}')}  - {record: b, expr: ")"}\n`)).toHaveLength(3);
  });
});

describe('rule files of the field', () => {
  const files = [
    'rules/**/*_{alerts,rules}.yaml',
    'rules/thanos/**/{alerts,rules}.yaml',
    'promtool/{rules,rules_duplicates,at-modifier,negative-offset,bad-rules-syntax}.yml',
  ];
  const found = existsSync(TESTDATA) ? globSync(files, { cwd: TESTDATA }) : [];
  it.runIf(found.length === 0)('(skipped: ../shared/testdata is not here)', () => {});
  it.runIf(found.length > 0).for(found)('%s', (file) => {
    const text = readFileSync(`${TESTDATA}${file}`, 'utf8');
    const parsed = parseRuleFile({ file, text }, check, DEFAULTS);
    const wanted = !file.includes('bad-');
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem), file).toEqual(
      wanted ? [] : [expect.stringContaining('rules[0].expr: could not parse expression')],
    );
  });
});

describe('shipped rules', () => {
  const shipped = globSync('alert-rules/**/*.rules.yaml', { cwd: ROOT });

  it.for(shipped)('%s is valid, and every alert has a severity, a summary and a runbook that exists', (file) => {
    const parsed = parseRuleFile({ file, text: readFileSync(`${ROOT}${file}`, 'utf8') }, check, DEFAULTS);
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem)).toEqual([]);
    for (const spec of parsed.ok ? parsed.groups.flatMap((group) => group.rules) : []) {
      if (spec.kind === 'alerting') {
        expect(['critical', 'warning']).toContain(spec.labels.severity);
        expect(spec.annotations.summary).toBeTruthy();
        const runbook = spec.annotations.runbook_url?.split('/').at(-1);
        expect(existsSync(`${ROOT}alert-rules/runbooks/${runbook}.md`), spec.name).toBe(true);
      }
    }
  });

  const promtool = ['/usr/bin/promtool', '/usr/local/bin/promtool'].find((path) => existsSync(path));
  it.runIf(promtool === undefined)('(skipped: promtool is not installed)', () => {});
  it.runIf(promtool !== undefined)("pass their unit tests in Prometheus' own promtool", () => {
    const tests = globSync('alert-rules/**/*.test.yaml', { cwd: ROOT });
    expect(tests.length).toBe(shipped.length);
    execFileSync(promtool ?? '', ['test', 'rules', ...tests], { cwd: ROOT, encoding: 'utf8' });
  });
});

describe('fingerprint', () => {
  // The table of prometheus/common model/signature_test.go.
  it.for<readonly [labels: Readonly<Record<string, string>>, signature: bigint]>([
    [{}, 14_695_981_039_346_656_037n],
    [{ name: 'garland, briggs', fear: 'love is not enough' }, 5_799_056_148_416_392_346n],
  ])('%j', ([labels, signature]) => {
    expect(fingerprint(Labels.from(labels))).toBe(signature.toString(16).padStart(16, '0'));
  });
});

describe.each([
  { name: 'SQL', open: (): AlertStateStore => new SqlAlertStateStore(openStateStore(':memory:')) },
  { name: 'fake', open: (): AlertStateStore => new FakeAlertStateStore() },
])('alert state store: $name', ({ open }) => {
  it('gives back exactly what was saved', async () => {
    const store = open();
    const alert = {
      fingerprint: 'f',
      labels: Labels.from({ alertname: 'A', x: 'y' }),
      annotations: { s: '"quoted"' },
      state: 'firing',
      value: Number.POSITIVE_INFINITY,
      activeAt: 1,
      firedAt: 2,
      keepFiringSince: 3,
    } as const;
    const pending = {
      ...alert,
      fingerprint: 'p',
      state: 'pending',
      value: Number.NaN,
      firedAt: null,
      keepFiringSince: null,
    } as const;
    await store.save([{ rule: 'r', stored: [alert, pending], dropped: [] }]);
    await store.save([{ rule: 'r', stored: [{ ...alert, value: -0.1 }], dropped: [pending] }]);
    await store.save([{ rule: 's', stored: [pending], dropped: [] }]);
    await store.saveSources('r', new Set(['b', 'a']));
    const loaded = await store.load();
    const plain = (rule: string): unknown => loaded.alerts.get(rule)?.map((one) => ({ ...one, labels: one.labels.toJSON() }));
    expect(plain('r')).toEqual([{ ...alert, value: -0.1, labels: alert.labels.toJSON() }]);
    expect(plain('s')).toEqual([{ ...pending, labels: alert.labels.toJSON() }]);
    expect(loaded.sources.get('r')).toEqual(new Set(['a', 'b']));
    await store.forget(['r']);
    expect([...(await store.load()).alerts.keys()]).toEqual(['s']);
  });
});
