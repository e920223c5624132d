#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// The command-line tool. Needs the Node 24 that `npm install` brings; `npx tila` and the npm scripts find it by themselves.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`tila: this is Node ${process.versions.node}; run it as "npx tila" so that the pinned Node 24 is used\n`);
  process.exit(1);
}

// The agent instruments what is loaded after it, so it comes first; without a licence key it would complain and still wrap modules.
if (process.env.NEW_RELIC_LICENSE_KEY) {
  process.env.NEW_RELIC_APP_NAME ??= 'tila';
  process.env.NEW_RELIC_NO_CONFIG_FILE ??= 'true';
  process.env.NEW_RELIC_LOG ??= 'stderr';
  process.env.NEW_RELIC_LOG_LEVEL ??= 'warn';
  await import('newrelic');
}

// What is kept for long is most of the heap here: let it be collected before it has grown by more than a third.
setFlagsFromString('--heap-growing-percent=30');

const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
