import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules/.bin');

let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'tila-check-'));
  const biome = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  plant('biome.json', JSON.stringify({ ...biome, $schema: undefined, vcs: undefined }));
  plant('tsconfig.base.json', readFileSync(join(ROOT, 'tsconfig.base.json'), 'utf8'));
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

/** The rules Biome reports as errors for one planted file. */
function violations(path: string): string[] {
  const result = spawnSync(join(BIN, 'biome'), ['lint', '--reporter=json', '--max-diagnostics=200', path], {
    cwd: tree,
    encoding: 'utf8',
  });
  const report = JSON.parse(result.stdout.slice(result.stdout.indexOf('{')));
  return report.diagnostics.map((diagnostic: { category: string }) => diagnostic.category);
}

describe('the layer rules', () => {
  it.for([
    { path: 'server/src/ingest/planted.ts', imports: '../storage/tsdb/tsdb.ts', why: 'ingest sees a writer, never a store' },
    { path: 'server/src/rules/planted.ts', imports: '../notify/notification-pipeline.ts', why: 'rules do not know who is told' },
    { path: 'server/src/promql/planted.ts', imports: 'node:fs', why: 'the evaluator is pure' },
    {
      path: 'server/src/promql/functions/planted.ts',
      imports: '../../storage/tsdb/tsdb.ts',
      why: 'the evaluator reads through a port',
    },
    { path: 'server/src/model/planted.ts', imports: '@tila/contract/feed.ts', why: 'the model does not speak the wire' },
    { path: 'server/src/alerts/planted.ts', imports: '@tila/contract/alerts.ts', why: 'only the edges speak the wire' },
    { path: 'server/src/http/planted.ts', imports: '@tila/collectors/collectors.ts', why: 'only config and app know collectors' },
    { path: 'server/src/feed/planted.ts', imports: '../app/app.ts', why: 'nobody knows the composition root' },
    {
      path: 'collectors/src/prometheus/planted.ts',
      imports: '@tila/server/src/model/labels.ts',
      why: 'collectors know the contract only',
    },
    { path: 'contract/src/planted.ts', imports: '@tila/server/src/model/labels.ts', why: 'the contract imports nothing of ours' },
    { path: 'web/src/ui/planted.tsx', imports: '../features/alerts/alert-list.tsx', why: 'primitives do not know features' },
    {
      path: 'web/src/features/alerts/planted.tsx',
      imports: '../incidents/incident-page.tsx',
      why: 'features do not know each other',
    },
  ])('$path must not import $imports: $why', ({ path, imports }) => {
    plant(path, `import '${imports}';\n`);
    expect(violations(path)).toContain('lint/style/noRestrictedImports');
  });

  it.for([
    { path: 'server/src/rules/allowed.ts', imports: '../model/labels.ts', why: 'left' },
    { path: 'server/src/app/allowed.ts', imports: '@tila/collectors/collectors.ts', why: 'app starts collectors' },
    { path: 'server/src/http/allowed.ts', imports: '@tila/contract/alerts.ts', why: 'http is an edge' },
    { path: 'web/src/app/allowed.tsx', imports: '../features/alerts/alert-list.tsx', why: 'app combines features' },
  ])('$path may import $imports: $why', ({ path, imports }) => {
    plant(path, `import '${imports}';\n`);
    expect(violations(path)).not.toContain('lint/style/noRestrictedImports');
  });
});

describe('the other rules', () => {
  it.for([
    {
      rule: 'lint/style/noExcessiveLinesPerFile',
      text: Array.from({ length: 401 }, (_, n) => `export const n${n} = ${n};`).join('\n'),
      why: 'a file over 400 lines',
    },
    {
      rule: 'lint/complexity/noExcessiveLinesPerFunction',
      text: `export function long(): void {\n${'  Math.random();\n'.repeat(61)}}\n`,
      why: 'a function over 60 lines',
    },
    { rule: 'lint/suspicious/noExplicitAny', text: 'export const anything: any = 1;\n', why: 'any' },
    { rule: 'lint/style/noDefaultExport', text: 'export default 1;\n', why: 'a default export' },
    {
      rule: 'lint/complexity/useMaxParams',
      text: 'export function f(a: 1, b: 1, c: 1, d: 1): unknown {\n  return [a, b, c, d];\n}\n',
      why: 'four positional parameters',
    },
    { rule: 'lint/style/noProcessEnv', text: 'export const home = process.env.HOME;\n', why: 'the environment outside config' },
  ])('$why is refused', ({ rule, text }) => {
    plant('server/src/rules/planted.ts', text);
    expect(violations('server/src/rules/planted.ts')).toContain(rule);
  });

  it('an import cycle is refused', () => {
    plant('server/src/alerts/one.ts', "import { two } from './two.ts';\nexport const one = (): unknown => two;\n");
    plant('server/src/alerts/two.ts', "import { one } from './one.ts';\nexport const two = (): unknown => one;\n");
    expect(violations('server/src/alerts')).toContain('lint/suspicious/noImportCycles');
  });

  it('a type error is refused', () => {
    plant('types/tsconfig.json', JSON.stringify({ extends: '../tsconfig.base.json', include: ['.'] }));
    plant('types/planted.ts', "export const count: number = 'one';\n");
    const result = spawnSync(join(BIN, 'tsc'), ['-p', 'types'], { cwd: tree, encoding: 'utf8' });
    expect(result.stdout).toContain('TS2322');
  });

  it('a dead export is refused', () => {
    plant('dead/package.json', JSON.stringify({ name: 'dead', type: 'module', main: 'main.ts' }));
    plant('dead/main.ts', "import { used } from './part.ts';\nused();\n");
    plant('dead/part.ts', 'export function used(): void {}\nexport function unused(): void {}\n');
    const result = spawnSync(join(BIN, 'knip'), ['--no-progress'], { cwd: join(tree, 'dead'), encoding: 'utf8' });
    expect(result.stdout).toContain('unused');
    expect(result.status).toBe(1);
  });

  it('the generated layer rules are up to date', () => {
    expect(() => execFileSync(process.execPath, [join(ROOT, 'tools/layers.mjs'), '--check'])).not.toThrow();
  });
});
