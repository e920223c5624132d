import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from './main.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tila-check-'));
  printed = '';
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const print = (text: string): void => {
  printed += text;
};

/** Writes the files and checks `tila.yaml` among them. Resolves with the exit code. */
function check(files: Readonly<Record<string, string>>): Promise<number> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const terminal = { write: print, writeError: print, env: {}, cwd: folder };
  return main(['check', 'config', join(folder, 'tila.yaml')], terminal);
}

const NAMES_FILES = 'rules: [rules.yaml]\nrouting: routing.yaml\ndashboards: [d.yaml]\n';
const GOOD = {
  'tila.yaml': NAMES_FILES,
  'rules.yaml': 'groups: [{ name: g, rules: [{ alert: A, expr: up == 0 }] }]\n',
  'routing.yaml': 'route: { receiver: r }\nreceivers: [{ name: r }]\n',
  'd.yaml': 'title: D\nfor: service\npanels: [{ title: P, unit: short, queries: [{ expr: up }] }]\n',
};

it('says of a good configuration that it is good, and what it holds', async () => {
  expect(await check(GOOD)).toBe(0);
  expect(printed).toMatch(/tila\.yaml is good: 0 sources, 2 rule files, 1 dashboards\n$/);
});

it.for([
  {
    files: { 'tila.yaml': 'server: { listen: [\n' },
    problems: [/tila\.yaml:2:1: Flow map/],
    why: 'broken YAML',
  },
  {
    files: {
      'tila.yaml': [
        'storage:',
        '  remote:',
        '    write_url: http://a/w',
        '    read_url: http://a',
        '    bearer_token_file: t',
        '    sigv4: { region: eu-north-1 }',
        '',
      ].join('\n'),
    },
    problems: [/tila\.yaml:5:\d+: storage\.remote\.bearer_token_file: .*keep one/],
    why: 'two ways to sign in to a remote store',
  },
  {
    files: {
      'tila.yaml': 'storage: { remote: { write_url: "http://a", read_url: "http://a", sigv4: { region: x, role_arn: y } } }\n',
    },
    problems: [/tila\.yaml:1:\d+: storage\.remote\.sigv4\.role_arn: .*arn:aws/],
    why: 'a role that is none',
  },
  {
    files: {
      'tila.yaml': [
        'serverr: {}',
        'server: { listen: nowhere }',
        'storage: { retention: 15x, retention_size: lots }',
        'sources:',
        '  - { type: prometheus_scrape, name: a, scrape_interval: soon, static_configs: [{ targets: [x] }] }',
        '  - { type: prometheus_federate, name: b, url: "ftp://x", match: [up] }',
        '  - type: prometheus_scrape',
        '    name: c',
        '    static_configs: [{ targets: [x] }]',
        '    relabel_configs: [{ source_labels: [job], regex: "(", action: keep }]',
        '  - { type: carrier_pigeon, name: d }',
        '',
      ].join('\n'),
    },
    problems: [
      /tila\.yaml:1:\d+.*serverr/,
      /tila\.yaml:2:\d+: server\.listen: .*nowhere/,
      /tila\.yaml:3:\d+: storage\.retention: .*15x/,
      /tila\.yaml:3:\d+: storage\.retention_size: .*lots.*512MB/,
      /tila\.yaml:5:\d+: sources\[0\]\.scrape_interval: .*soon/,
      /tila\.yaml:6:\d+: sources\[1\]\.url: /,
      /tila\.yaml:10:\d+: sources\[2\]\.relabel_configs\[0\]\.regex: /,
      /tila\.yaml:11:\d+: sources\[3\]\.type: /,
    ],
    why: 'unknown keys, durations, addresses, regular expressions, kinds of source: all in one go',
  },
  {
    files: {
      ...GOOD,
      'rules.yaml': [
        'groups:',
        '  - name: g',
        '    interval: often',
        '    rules:',
        '      - { alert: A, expr: "up ==" }',
        '      - { alert: B, expr: "rate(up)" }',
        '      - { alert: C, expr: up, for: 5 minutes }',
        '',
      ].join('\n'),
    },
    problems: [/rules\.yaml:3:\d+.*often/, /rules\.yaml:5:\d+/, /rules\.yaml:6:\d+.*rate/, /rules\.yaml:7:\d+.*5 minutes/],
    why: 'PromQL and durations in rules',
  },
  {
    files: { ...GOOD, 'routing.yaml': 'route: { receiver: nobody, group_wait: x }\nreceivers: [{ name: r }]\n' },
    problems: [/routing\.yaml:1:\d+.*group_wait/],
    why: 'routing',
  },
  {
    files: { ...GOOD, 'd.yaml': 'title: D\nfor: planet\npanels: [{ title: P, unit: short, queries: [{ expr: "up[" }] }]\n' },
    problems: [/d\.yaml:2:\d+: for: /],
    why: 'dashboards',
  },
  {
    files: {
      ...GOOD,
      'rules.yaml': 'groups: [{ name: g, rules: [{ alert: A, expr: "up ==" }] }]\n',
      'routing.yaml': 'route: { receiver: nobody }\nreceivers: [{ name: r }]\n',
      'd.yaml': 'title: D\nfor: service\npanels: [{ title: P, unit: short, queries: [{ expr: "up[" }] }]\n',
    },
    problems: [/rules\.yaml:1:\d+/, /routing\.yaml:1:\d+.*nobody/, /d\.yaml:3:\d+/],
    why: 'every file that the configuration names, at once',
  },
  {
    files: { 'tila.yaml': 'routing: nowhere.yaml\n' },
    problems: [/nowhere\.yaml:1:1: cannot be read/],
    why: 'a file that is not there',
  },
])('names the place of $why', async ({ files, problems }) => {
  expect(await check(files)).toBe(1);
  const lines = printed.trimEnd().split('\n');
  for (const problem of problems) {
    expect(lines.filter((line) => problem.test(line)).length, `${problem} in\n${printed}`).toBe(1);
  }
  expect(printed).toMatch(/\d+ problems? found\n$/);
  expect(printed).not.toMatch(/^\s+at /m);
});
