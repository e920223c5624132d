// What the root commands share. Runs on the machine's own Node (20 or newer) before anything is installed: no imports but Node's.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The pinned Node 24 that `npm install` brings. */
export const NODE = join(ROOT, 'node_modules/.bin/node');

/** One sentence for the person at the terminal, then out. */
export function fail(sentence) {
  process.stderr.write(`tila: ${sentence}\n`);
  process.exit(1);
}

export function say(text) {
  process.stdout.write(`tila: ${text}\n`);
}

/** Refuses an npm or Node that cannot install this repository. */
export function requireTools() {
  const node = Number(process.versions.node.split('.')[0]);
  if (node < 20) {
    fail(`Node ${process.versions.node} is too old; install Node 20 or newer, then run the same command again.`);
  }
  const npm = /npm\/(\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  if (npm !== undefined && Number(npm) < 10) {
    fail(`npm ${npm} is too old; run "npm install -g npm@11", then run the same command again.`);
  }
}

/** Runs a program to its end; rejects when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}`)),
    );
  });
}

/** Installs when nothing is installed or the lock file changed since. */
export async function install() {
  const marker = join(ROOT, 'node_modules/.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  if (existsSync(marker) && existsSync(NODE) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) {
    return;
  }
  say('installing packages (once, about a minute) …');
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' });
}

/** Builds the page when its sources changed since the last build. */
export async function buildPage() {
  const built = join(ROOT, 'web/dist/index.html');
  const sources = [
    'web/src',
    'web/public',
    'web/index.html',
    'web/vite.config.ts',
    'web/package.json',
    'contract/src',
    'package-lock.json',
  ];
  if (existsSync(built) && newest(sources) <= statSync(built).mtimeMs) {
    return;
  }
  say('building the page …');
  await run('npm', ['run', 'build', '-w', '@tila/web', '--silent', '--', '--logLevel', 'warn'], {
    shell: process.platform === 'win32',
  });
}

function newest(paths) {
  return Math.max(0, ...paths.map((path) => newestBelow(join(ROOT, path))));
}

function newestBelow(path) {
  if (!existsSync(path)) {
    return 0;
  }
  const status = statSync(path);
  return status.isDirectory()
    ? Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newestBelow(join(path, name))))
    : status.mtimeMs;
}

export function readVersion() {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}
