#!/usr/bin/env node

import module from 'node:module';
import { fileURLToPath } from 'node:url';

// The command-line tool. Needs the Node 24 that `npm install` brings; `npx tila` and the npm scripts find it by themselves.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`tila: this is Node ${process.versions.node}; run it as "npx tila" so that the pinned Node 24 is used\n`);
  process.exit(1);
}

// What is kept for long is most of the heap here: let it be collected before it has grown by more than a third.
const HEAP_FLAGS = ['--heap-growing-percent=30', '--max-semi-space-size=8'];

// Columns of samples come and go by megabytes: let the C library give them back instead of keeping them for later, in an arena a thread.
// Matrices of samples mostly take more than 32 KB: mapped by themselves, they leave no holes (70 MB less at 100,000 series, at no cost).
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '32768', MALLOC_TRIM_THRESHOLD_: '1048576' };

// What was compiled is kept beside the packages: loading 1,400 modules without it takes twice as long. Named in the environment, so that
// threads and children find it too; not in the common folder for temporary files, where others could put code of their own.
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/tila-compiled', import.meta.url));
process.env.NODE_COMPILE_CACHE ??= COMPILED;

// Flags and allocator count from the start of a process only, so the console begins again in its place: same process, same streams and signals.
// Where a process cannot do that, on Windows, it takes more memory.
if (process.argv[2] === 'serve' && process.execve !== undefined && !process.execArgv.includes(HEAP_FLAGS[0])) {
  try {
    const args = [process.execPath, ...HEAP_FLAGS, ...process.execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, args, { ...ALLOCATOR, ...process.env });
  } catch {
    // As it is then.
  }
}

module.enableCompileCache(process.env.NODE_COMPILE_CACHE);

// The agent instruments what is loaded after it, so it comes first; without a licence key it would complain and still wrap modules.
if (process.env.NEW_RELIC_LICENSE_KEY) {
  process.env.NEW_RELIC_APP_NAME ??= 'tila';
  process.env.NEW_RELIC_NO_CONFIG_FILE ??= 'true';
  process.env.NEW_RELIC_LOG ??= 'stderr';
  process.env.NEW_RELIC_LOG_LEVEL ??= 'warn';
  await import('newrelic');
}

const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
