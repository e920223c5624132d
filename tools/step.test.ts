import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const START = join(import.meta.dirname, 'start.mjs');

it('a too old npm is refused with one sentence that says what to do', () => {
  const { status, stderr } = spawnSync(process.execPath, [START], {
    encoding: 'utf8',
    env: { ...process.env, npm_config_user_agent: 'npm/9.9.4 node/v20.0.0' },
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'tila: npm 9 is too old; run "npm install -g npm@11", then run the same command again.\n',
  });
});
