import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { formatProblem } from '../runtime/yaml-file.ts';
import { groupKeyOf, groupLabelsOf, matchRoutes } from './routing/route-tree.ts';
import { parseRoutingConfig } from './routing-config.ts';

const CASES = new URL('../../../../shared/testdata/alertmanager/cases-config-inline.json', import.meta.url);
const cases: readonly { test: string; yaml: string; error: string | null }[] = existsSync(CASES)
  ? JSON.parse(readFileSync(CASES, 'utf8'))
  : [];

const env = (name: string) =>
  name === 'TEAMS_URL' ? 'https://x.example:443/workflows/a?sp=%2Ftriggers%2Fmanual%2Frun&sig=s' : undefined;
const parse = (text: string) => parseRoutingConfig(text, { file: 'routing.yaml', env });
const problems = (text: string) => {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

describe.skipIf(cases.length === 0)('Alertmanager config cases (skipped without ../shared/testdata)', () => {
  it.for(cases)('$test', ({ yaml, error }) => {
    if (error === null) {
      expect(problems(yaml)).toEqual([]);
    } else {
      expect(problems(yaml).join('\n')).toContain(error);
    }
  });
});

describe('parseRoutingConfig', () => {
  it('reports every problem at once with its line', () => {
    const text = `route:
  receiver: nobody
  group_wait: soon
  routes:
    - matchers: ['a=~"("', '=']
      colour: red
receivers:
  - name: a
    slack_configs: [{}]
  - name: b
    msteamsv2_configs:
      - webhook_url: \${NOT_SET}
  - name: c
    email_configs: [{ to: x@example.com }]
`;
    const found = problems(text);
    for (const part of [
      'routing.yaml:2:13: route.receiver: undefined receiver "nobody" used in route',
      'routing.yaml:3:15: route.group_wait: not a valid duration string: "soon"',
      'routing.yaml:5:18: route.routes[0].matchers[0]: invalid regular expression',
      'route.routes[0].matchers[1]',
      'Unrecognized key: "colour"',
      'receiver type slack is not supported by Tila yet',
      'environment variable NOT_SET is not set',
      'no global SMTP smarthost set',
      'no global SMTP from set',
    ]) {
      expect(found.join('\n')).toContain(part);
    }
  });

  it('keeps a Teams URL byte for byte and never prints it', async () => {
    const parsed = parse(`route: {receiver: t}\nreceivers: [{name: t, msteamsv2_configs: [{webhook_url: "\${TEAMS_URL}"}]}]`);
    const integration = parsed.ok ? parsed.value.receivers.get('t')?.integrations[0] : undefined;
    expect(integration?.kind === 'msteamsv2' && (await integration.url.reveal())).toBe(env('TEAMS_URL'));
    expect(JSON.stringify(integration)).not.toContain('sig=s');
  });

  it('warns of what it accepts without effect', () => {
    const parsed = parse(`route: {receiver: t}
receivers: [{name: t, msteamsv2_configs: [{webhook_url: "https://x.example/y", http_config: {proxy_url: "http://p:1"}}]}]`);
    expect(parsed.ok && parsed.value.warnings).toEqual([
      'receivers[0].msteamsv2_configs[0].http_config.proxy_url has no effect in Tila yet',
    ]);
  });

  it('completes email from the global section, with Alertmanager defaults', () => {
    const parsed = parse(`global: {smtp_smarthost: 'mail.example:465', smtp_from: tila@example.com}
route: {receiver: m}
receivers: [{name: m, email_configs: [{to: a@example.com}]}]`);
    const integration = parsed.ok ? parsed.value.receivers.get('m')?.integrations[0] : undefined;
    expect(integration).toMatchObject({
      kind: 'email',
      host: 'mail.example',
      port: 465,
      implicitTls: true,
      requireTls: true,
      sendResolved: false,
      from: 'tila@example.com',
    });
  });
});

describe('the routing file that ships', () => {
  const text = readFileSync(new URL('../../../alert-rules/routing.yaml', import.meta.url), 'utf8');
  const shipped = parseRoutingConfig(text, {
    file: 'routing.yaml',
    env: (name) => (name === 'TILA_TEAMS_WEBHOOK_URL' ? 'https://teams.example/x' : undefined),
  });

  it.for([
    { labels: { severity: 'critical', environment: 'prod' }, expected: ['email', 'teams'], why: 'critical goes to both' },
    { labels: { severity: 'warning', environment: 'prod' }, expected: ['teams'], why: 'a warning goes to Teams' },
    { labels: { alertname: 'SourceStale', source: 'x', severity: 'warning' }, expected: ['teams'], why: 'a silent source' },
  ])('$why', ({ labels, expected }) => {
    const route = shipped.ok ? shipped.value.route : undefined;
    expect(route && matchRoutes(route, Labels.from(labels)).map(({ receiver }) => receiver)).toEqual(expected);
  });

  it('puts criticals and warnings of one cluster into one card', () => {
    const route = shipped.ok ? shipped.value.route : undefined;
    const keyOf = (severity: string) => {
      const labels = Labels.from({ severity, environment: 'prod', cluster: 'core', service: severity });
      const teams = route && matchRoutes(route, labels).find(({ receiver }) => receiver === 'teams');
      return teams && groupKeyOf(teams, groupLabelsOf(teams, labels));
    };
    expect(keyOf('critical')).toBe(keyOf('warning'));
  });

  it('says which variable is missing', () => {
    expect(problems(text).join('\n')).toContain('environment variable TILA_TEAMS_WEBHOOK_URL is not set');
  });
});
