// Generates the layer rules of biome.json from the ordered folder lists: an import may only point left.
// `node tools/layers.mjs` writes them; `node tools/layers.mjs --check` fails when biome.json is out of date.
import { readFileSync, writeFileSync } from 'node:fs';

const SERVER = [
  'runtime',
  'model',
  'state',
  'auth',
  'ingest',
  'storage',
  'inventory',
  'promql',
  'templates',
  'query-workers',
  'standing-queries',
  'rules',
  'alerts',
  'notify',
  'incidents',
  'dashboards',
  'overview',
  'feed',
  'http',
  'config',
  'app',
  'cli',
];
const SPEAKS_CONTRACT = ['ingest', 'incidents', 'dashboards', 'overview', 'feed', 'http', 'config', 'app', 'cli'];
const KNOWS_COLLECTORS = ['config', 'app', 'cli'];
const WEB = ['theme', 'ui', 'charts', 'api', 'live', 'time', 'features', 'app'];
const FEATURES = ['alerts', 'incidents', 'overview', 'rules', 'runbook', 'service', 'session', 'settings', 'sources'];

const restrict = (includes, patterns) => ({
  includes,
  linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns } } } } },
});

const rightOf = (from, right) => ({
  group: [right.length > 1 ? `**/{${right.join(',')}}/**` : `**/${right[0]}/**`],
  message: `imports point left: ${from} must not know ${right.length > 1 ? 'the modules after it' : right[0]}`,
});

function leftOnly(root, order, extra = {}) {
  return order.flatMap((from, index) => {
    const right = order.slice(index + 1);
    const patterns = [...(right.length > 0 ? [rightOf(from, right)] : []), ...(extra[from] ?? [])];
    return patterns.length > 0 ? [restrict([`${root}/${from}/**`], patterns)] : [];
  });
}

function serverExtras() {
  const noContract = { group: ['@tila/contract/**'], message: 'only the edges of the server speak the wire contract' };
  const noCollectors = { group: ['@tila/collectors/**'], message: 'only config and app know collectors' };
  const pure = {
    group: ['node:*', 'pino', '@tila/**', '**/runtime/**', '**/state/**', '**/storage/**'],
    message: 'pure module: no I/O',
  };
  const extra = Object.fromEntries(
    SERVER.map((name) => [
      name,
      [...(SPEAKS_CONTRACT.includes(name) ? [] : [noContract]), ...(KNOWS_COLLECTORS.includes(name) ? [] : [noCollectors])],
    ]),
  );
  for (const name of ['model', 'promql', 'templates']) {
    extra[name] = [pure];
  }
  return extra;
}

function featureRules() {
  return FEATURES.map((name) => {
    const others = FEATURES.filter((other) => other !== name);
    return restrict(
      [`web/src/features/${name}/**`],
      [
        rightOf('features', ['app']),
        {
          group: [`**/features/{${others.join(',')}}/**`, `../{${others.join(',')}}/**`],
          message: 'features never import each other; app combines them',
        },
      ],
    );
  });
}

const overrides = [
  restrict(
    ['contract/**'],
    [{ group: ['@tila/**', '**/{server,web,collectors}/**'], message: 'contract imports nothing of ours' }],
  ),
  restrict(
    ['collectors/**'],
    [{ group: ['**/server/**', '**/web/**', '@tila/server/**', '@tila/web/**'], message: 'collectors know the contract only' }],
  ),
  ...leftOnly('server/src', SERVER, serverExtras()),
  ...leftOnly('web/src', WEB),
  ...featureRules(),
];

const file = new URL('../biome.json', import.meta.url);
const config = JSON.parse(readFileSync(file, 'utf8'));
const isGenerated = (override) => override.linter?.rules?.style?.noRestrictedImports !== undefined;
const next = { ...config, overrides: [...config.overrides.filter((override) => !isGenerated(override)), ...overrides] };
const text = `${JSON.stringify(next, null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (JSON.stringify(config) !== JSON.stringify(next)) {
    process.stderr.write('biome.json: the layer rules are out of date; run "npm run layers"\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  process.stdout.write(`biome.json: ${overrides.length} layer rules written\n`);
}
