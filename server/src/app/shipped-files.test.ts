import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { configFrom } from '../config/load-config.ts';
import { checkExpression } from './check-expression.ts';
import { readConfigFiles } from './config-files.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const DEMO = readFileSync(new URL('demo.tila.yaml', import.meta.url), 'utf8');

it('the demo configuration with everything it names is good: the shipped rules, routing and dashboards', () => {
  const text = DEMO.replaceAll('DEMO_URL', 'http://127.0.0.1:9640').replaceAll('REPOSITORY', ROOT);
  const config = configFrom(text, 'demo.tila.yaml', ROOT);
  const env = { TILA_TEAMS_WEBHOOK_URL: 'https://example.org/workflows/1' };
  const { rules, dashboards, routing } = readConfigFiles(config, { env, check: checkExpression });
  expect(config.file.sources.map(({ name }) => name)).toEqual(config.file.inventory.environments);
  expect(rules.map(({ file }) => file)).toEqual(expect.arrayContaining(['alert-rules/platform/instances.rules.yaml']));
  expect(rules.length).toBeGreaterThanOrEqual(6);
  expect(dashboards.length).toBeGreaterThanOrEqual(7);
  expect([...routing.receivers.keys()].sort()).toEqual(['email', 'teams']);
});
