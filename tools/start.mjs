// `npm start`: install what is missing, build the page when it changed, start the console. Arguments go to `tila serve`.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildPage, fail, install, NODE, ROOT, requireTools } from './step.mjs';

requireTools();
try {
  await install();
  await buildPage();
} catch (error) {
  fail(error.message);
}

const child = spawn(NODE, [join(ROOT, 'server/bin/tila.mjs'), 'serve', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
