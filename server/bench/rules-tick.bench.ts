// CPU time of one tick of a rule file over the store, in one process: node server/bench/rules-tick.bench.ts [series] [slots] [ticks] [rules file]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Population, STEP_MS } from '../../e2e/bench/load/population.ts';
import { benchRules } from '../../e2e/bench/load/rules.ts';
import { TARGET_LINES } from '../../e2e/bench/load/target-lines.ts';
import { Labels } from '../src/model/labels.ts';
import { STALE } from '../src/model/sample.ts';
import { PromqlEngine } from '../src/promql/engine.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { ManualClock } from '../src/runtime/manual-clock.fake.ts';
import { StandingPlans } from '../src/standing-queries/plan/standing-plans.ts';
import { openTsdb } from '../src/storage/tsdb/tsdb.ts';

const RuleFile = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) });
const [seriesText = '100000', slotsText = '100', ticksText = '40', file] = process.argv.slice(2);
const series = Number(seriesText);
const slots = Number(slotsText);
const START_MS = 1_700_006_400_000;
const ticks = Number(ticksText);

using stack = new DisposableStack();
const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'tila-rules-tick-')), (path) => rmSync(path, { recursive: true }));
const clock = new ManualClock(START_MS);
const store = await openTsdb({ folder, clock, logger: silentLogger });
const engine = new PromqlEngine({ reader: store });
const plans = stack.use(new StandingPlans({ hot: store, reader: store, engine, now: () => performance.now() }));
const rules = file === undefined ? benchRules('15s') : readFileSync(file, 'utf8');
const groups = RuleFile.parse(parse(rules)).groups.map((group) => group.rules.map(({ expr }) => engine.prepare(expr)));

const population = new Population({ series, startMs: START_MS });
const labels: Labels[][] = [];
const generations: number[] = [];
const values = new Float64Array(TARGET_LINES.length);

for (let slot = 0; slot < slots; slot += 1) {
  await write(slot);
}
const first = await tick(slots - 1);
report('first tick: plans made', first.cpuMs);
const used: number[] = [];
for (let slot = slots; slot < slots + ticks; slot += 1) {
  await write(slot);
  const { cpuMs, threadMs, points } = await tick(slot);
  report('tick', cpuMs, { threadMs, points });
  used.push(cpuMs);
}
report('tick, median', used.toSorted((a, b) => a - b)[ticks >> 1] ?? Number.NaN, plans.counters);
await store[Symbol.asyncDispose]();

/** All targets' lines of one slot, replaced targets ended first; memory is cut once a minute, as in the console. */
async function write(slot: number): Promise<void> {
  const writes: Promise<unknown>[] = [];
  for (let target = 0; target < population.targets; target += 1) {
    const generation = population.generationOf(target, slot);
    const timeMs = population.timeOf(target, slot);
    const before = labels[target];
    if (generations[target] !== generation) {
      writes.push(...(before === undefined ? [] : [append(before, timeMs, new Float64Array(before.length).fill(STALE))]));
      generations[target] = generation;
      labels[target] = TARGET_LINES.map((line) =>
        Labels.from({ __name__: line.name, ...population.labelsOf(target, generation, line) }),
      );
    }
    population.values(target, slot, values);
    writes.push(append(labels[target] ?? [], timeMs, values.slice()));
  }
  await Promise.all(writes);
  await clock.advance(STEP_MS);
  if (slot % 4 === 3) {
    await store.maintain();
  }
}

function append(of: readonly Labels[], timeMs: number, row: Float64Array): Promise<unknown> {
  return store.append({ source: 'bench', rows: { labels: of, timestamps: of.map(() => timeMs), values: row } });
}

/** Every group once, all at one time within the slot before, as groups of one interval are. */
async function tick(slot: number): Promise<{ readonly cpuMs: number; readonly threadMs: number; readonly points: number }> {
  const before = process.cpuUsage();
  const beforeOnThread = process.threadCpuUsage();
  let points = 0;
  const atMs = START_MS + (slot - 1) * STEP_MS + 6010;
  for (const group of groups) {
    for (const query of group) {
      const answer = await plans.answer(query, atMs);
      points += answer.kind === 'vector' ? answer.labels.length : 1;
    }
  }
  const { user, system } = process.cpuUsage(before);
  const onThread = process.threadCpuUsage(beforeOnThread);
  return { cpuMs: (user + system) / 1000, threadMs: (onThread.user + onThread.system) / 1000, points };
}

function report(figure: string, cpuMs: number, more: object = {}): void {
  const rounded = Number(cpuMs.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ bench: 'rules-tick', figure, value: rounded, unit: 'ms', series, ...more })}\n`);
}
