// `npm run bench`: lists the benches. `npm run bench -- NAME…` runs some, `all` runs all; `--json` prints one JSON object a figure
// ({ bench, figure, value, unit, peer?, peerValue?, ratio? }) instead of tables; `--series=10000 --rounds=3 --budget=60` are for the bench.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildPage, fail, install, NODE, ROOT, requireTools } from './step.mjs';

const FOLDERS = ['collectors/bench', 'server/bench', 'e2e/bench'];

/** What several benches share: no benches themselves. */
const SHARED = ['server/bench/expressions.ts', 'server/bench/promql-estate.ts'];

/** Files by bench name. Beside the benches of `e2e/bench` and `server/bench` lie their parts, so there only `*.bench.ts` counts. */
function benches() {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/*.ts`, { cwd: ROOT })).filter(
    (file) => file.replaceAll('\\', '/').startsWith('collectors/') || file.endsWith('.bench.ts'),
  );
  const shared = (file) => SHARED.includes(file.replaceAll('\\', '/'));
  return new Map(
    files
      .filter((file) => !shared(file))
      .sort()
      .map((file) => [basename(file).replace(/(\.bench)?\.ts$/, ''), file]),
  );
}

/** Runs one bench and hands on every figure it prints. Rejects when it fails or measures nothing. */
async function runBench(file, onFigure) {
  const child = spawn(NODE, ['--expose-gc', join(ROOT, file), ...parameters], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => child.kill(signal));
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  let figures = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const figure = figureOf(line);
    if (figure === null) {
      process.stderr.write(`${line}\n`);
    } else {
      figures += 1;
      onFigure(figure);
    }
  }
  const code = await ended;
  if (code !== 0 || figures === 0) {
    throw new Error(`${file} ended with ${code} after ${figures} figures`);
  }
}

function figureOf(line) {
  try {
    const parsed = JSON.parse(line);
    return typeof parsed?.bench === 'string' && typeof parsed.figure === 'string' ? parsed : null;
  } catch {
    return null;
  }
}

function printFigure({ bench: _, figure, value, unit, peer, peerValue, ratio, ...conditions }) {
  const number = value === null ? 'none' : value.toLocaleString('en', { maximumFractionDigits: 1 });
  const against = peer === undefined ? '' : `   ${peer}: ${peerValue.toLocaleString('en')} (ratio ${ratio ?? 'none'})`;
  const under = Object.entries(conditions).map(([name, condition]) => `${name} ${condition}`);
  process.stdout.write(`  ${`${number} ${unit}`.padStart(22)}  ${[figure, ...under].join(', ')}${against}\n`);
}

const known = benches();
const options = process.argv.slice(2);
const isJson = options.includes('--json');
/** `--series=10000` and the like are for the bench itself. */
const parameters = options.filter((option) => /^--[a-z]+=/.test(option));
const asked = options.filter((option) => !option.startsWith('--'));
const names = asked.includes('all') ? [...known.keys()] : asked;
const unknown = names.find((name) => !known.has(name));
if (unknown !== undefined) {
  fail(`there is no bench "${unknown}"; there are ${[...known.keys()].join(', ')}.`);
}
if (names.length === 0) {
  process.stdout.write(`benches, run with "npm run bench -- NAME" or "npm run bench -- all":\n`);
  for (const [name, file] of known) {
    process.stdout.write(`  ${name.padEnd(16)} ${file}\n`);
  }
} else {
  requireTools();
  try {
    await install();
    await buildPage();
  } catch (error) {
    fail(error.message);
  }
}
for (const name of names) {
  if (!isJson) {
    process.stdout.write(`${name}\n`);
  }
  try {
    await runBench(known.get(name), (figure) =>
      isJson ? process.stdout.write(`${JSON.stringify(figure)}\n`) : printFigure(figure),
    );
  } catch (error) {
    process.stderr.write(`tila: ${error.message}\n`);
    process.exitCode = 1;
  }
}
