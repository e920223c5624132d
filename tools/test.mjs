// `npm test`: install what is missing, build the page the browser tests open, run every test. Arguments go to vitest.
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
  await run(NODE, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]);
} catch {
  process.exitCode = 1;
}
