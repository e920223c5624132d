// biome-ignore lint/style/noRestrictedImports: only this test reads scripts from disk, promql itself does no I/O.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runPromqltest } from './promqltest.ts';

const PROMETHEUS_SCRIPTS = new URL('../../../../../shared/testdata/promqltest/', import.meta.url);
const OWN_SCRIPTS = new URL('./scripts/', import.meta.url);

function scriptsIn(folder: URL): URL[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.endsWith('.test')).map((name) => new URL(name, folder));
}

async function run(script: URL) {
  return runPromqltest(readFileSync(script, 'utf8'));
}

describe('own scripts', () => {
  it.for(scriptsIn(OWN_SCRIPTS).map((script) => ({ script, name: script.pathname.split('/').at(-1) })))(
    '$name',
    async ({ script }) => {
      const report = await run(script);
      expect(report.failed).toEqual([]);
      expect(report.skipped).toEqual({});
      expect(report.passed).toBeGreaterThan(0);
    },
  );
});

describe('the scripts of Prometheus', () => {
  const scripts = scriptsIn(PROMETHEUS_SCRIPTS).map((script) => ({ script, name: script.pathname.split('/').at(-1) }));
  if (scripts.length === 0) {
    it('are not here', (context) => context.skip(`${PROMETHEUS_SCRIPTS.pathname} is absent`));
  }
  it.for(scripts)('$name', async ({ script }) => {
    const report = await run(script);
    expect(report.failed).toEqual([]);
    const reasons = Object.keys(report.skipped);
    expect(reasons.filter((reason) => !/^(native histograms|experimental: )/.test(reason))).toEqual([]);
  });
});

describe('the runner itself', () => {
  it.for([
    { script: 'load 1m\n m 1\n\neval instant at 0 m\n m 2', why: 'a wrong value fails' },
    { script: 'load 1m\n m 1\n\neval instant at 0 m', why: 'a surplus series fails' },
    { script: 'eval instant at 0 m\n m 1', why: 'a missing series fails' },
    { script: 'eval instant at 0 1\n 2', why: 'a wrong scalar fails' },
    { script: 'load 1m\n m 1\n\neval instant at 0 m\n expect fail\n', why: 'success fails when an error is expected' },
    { script: 'load 1m\n m 1 2\n\neval range from 0 to 1m step 1m m\n m 1', why: 'a surplus point fails' },
    { script: 'load 1m\n m 1 2\n\neval instant at 1m rate(m[2m])\n expect no_info\n {} 0.0167', why: 'a forbidden info fails' },
    { script: 'load 1m\n m 1\n\neval instant at 0 m\n expect warn\n m 1', why: 'a missing warning fails' },
    { script: 'eval instant at 0 foo(', why: 'a parse error fails' },
    {
      script: 'load 1m\n a 2\n b 1\n\neval instant at 0 sort({__name__=~".+"})\n expect ordered\n a 2\n b 1',
      why: 'a wrong order fails',
    },
  ])('$why', async ({ script }) => {
    const report = await runPromqltest(script);
    expect(report.passed).toBe(0);
    expect(report.failed).toHaveLength(1);
  });

  it('counts what it leaves out by reason', async () => {
    const report = await runPromqltest(
      'load 1m\n h {{sum:1 count:1}}x3\n m 1\n\neval instant at 0 h\n\n\neval instant at 0 m anchored\n\n\neval instant at 0 m\n m 1',
    );
    expect(report).toEqual({
      passed: 1,
      failed: [],
      skipped: { 'native histograms': 1, 'experimental: anchored modifier is experimental and not enabled': 1 },
    });
  });
});
