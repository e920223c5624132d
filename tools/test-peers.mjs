// `npm run test:peers`: the checks against real Prometheus, node_exporter and Alertmanager programs, which must be installed.
import { join } from 'node:path';
import { buildPage, fail, install, NODE, ROOT, requireTools, run } from './step.mjs';

requireTools();
try {
  await install();
  await buildPage();
} catch (error) {
  fail(error.message);
}
try {
  await run(NODE, [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'e2e/peers/vitest.config.ts',
    ...process.argv.slice(2),
  ]);
} catch {
  process.exitCode = 1;
}
