// `npm run check`: everything a tool can decide. All steps run, so one call shows all problems.
import { join } from 'node:path';
import { NODE, ROOT, run } from './step.mjs';

const bin = (name) => join(ROOT, 'node_modules', name);
const steps = [
  ['layer rules', NODE, [join(ROOT, 'tools/layers.mjs'), '--check']],
  ['biome', NODE, [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['types', NODE, [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['types of the page', NODE, [bin('typescript/bin/tsc'), '-p', 'web/tsconfig.json']],
  ['types of the end-to-end tests', NODE, [bin('typescript/bin/tsc'), '-p', 'e2e/tsconfig.json']],
  ['dead code and dependencies', NODE, [bin('knip/bin/knip.js'), '--no-progress']],
];

for (const [name, command, args] of steps) {
  try {
    await run(command, args);
    process.stdout.write(`check: ${name} ok\n`);
  } catch {
    process.stderr.write(`check: ${name} FAILED\n`);
    process.exitCode = 1;
  }
}
