import type { AlertView } from '@tila/contract/alerts.ts';
import type { RuleGroupView } from '@tila/contract/rules.ts';
import { expect, it } from 'vitest';
import { Console } from './harness/console.ts';
import { Exporter } from './harness/estate.ts';
import { eventually } from './harness/eventually.ts';

const rules = (name: string, expr: string): string =>
  `groups: [{ name: orders, interval: 1s, rules: [{ alert: ${name}, expr: '${expr}', labels: { severity: warning } }] }]\n`;

it('SIGHUP: a bad file changes nothing and says why, a good one takes effect', { timeout: 40_000 }, async () => {
  await using exporter = await Exporter.start('orders_stuck 3\n');
  await using tila = new Console({
    config: `sources:
  - type: prometheus_scrape
    name: shop
    scrape_interval: 1s
    static_configs: [{ targets: ['${exporter.address}'] }]
rules: [rules.yaml]
routing: routing.yaml
`,
    rules: rules('First', 'orders_stuck > 0'),
    routing: 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n',
  });
  await tila.start();
  await tila.signIn();
  const state = async (name: string) => (await tila.api<AlertView[]>('/api/alerts')).find((one) => one.name === name)?.state;
  const names = async (): Promise<readonly string[]> =>
    (await tila.api<RuleGroupView[]>('/api/rules'))
      .filter(({ name }) => name === 'orders')
      .flatMap((group) => group.rules.map(({ name }) => name));
  await eventually('First fires', async () => (await state('First')) === 'firing');

  tila.write('rules.yaml', rules('Second', 'orders_stuck >'));
  tila.write('routing.yaml', 'route: { receiver: somebody }\nreceivers: [{ name: nobody }]\n');
  tila.program.signal('SIGHUP');
  await tila.program.printed(/configuration not reloaded:\n(rules\.yaml:1:\d+.*\n)?.*(routing\.yaml:1:\d+.*somebody)/);
  expect(tila.program.output).toMatch(/rules\.yaml:1:\d+: \S+/);
  expect(await names()).toEqual(['First']);
  expect(await state('First')).toBe('firing');

  tila.write('rules.yaml', rules('Second', 'orders_stuck > 1'));
  tila.write('routing.yaml', 'route: { receiver: somebody }\nreceivers: [{ name: somebody }]\n');
  tila.program.signal('SIGHUP');
  await tila.program.printed(/configuration reloaded/);
  expect(await names()).toEqual(['Second']);
  await eventually('Second fires', async () => (await state('Second')) === 'firing');
  expect((await tila.api<AlertView[]>('/api/alerts')).find(({ name }) => name === 'Second')?.receivers).toEqual(['somebody']);
  expect(await state('First')).not.toBe('firing');
});
