import { METRIC_NAME } from '../../model/labels.ts';
import { PromqlEngine, type QueryResult } from '../engine.ts';
import { EvaluationError, PromqlParseError, QueryLimitError } from '../errors.ts';
import { parse } from '../parser/parse.ts';
import { MemorySeries } from './memory-series.ts';
import { pinnedQuery } from './pinned-query.ts';
import { type EvalCommand, type LoadCommand, parseScript } from './script.ts';
import { judge, matchesPattern } from './verdict.ts';

export interface FailedCase {
  /** The line of the command, from 1. */
  readonly line: number;
  /** The expression, or the command when that is what cannot be read. */
  readonly expr: string;
  readonly complaint: string;
}

export interface PromqltestReport {
  readonly passed: number;
  readonly failed: readonly FailedCase[];
  /** How many eval commands were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

type Outcome = { readonly kind: 'passed' } | { readonly kind: 'skipped' | 'failed'; readonly reason: string };

const START_TIMESTAMPS: Outcome = { kind: 'skipped', reason: 'experimental: start timestamps' };
const NATIVE_HISTOGRAMS: Outcome = { kind: 'skipped', reason: 'native histograms' };

/**
 * Runs one of Prometheus' `.test` scripts. Left out, and counted, is only what needs native histograms or experimental syntax.
 * Like Prometheus' runner, a passing instant query is evaluated again as the middle step of a range, and with all its
 * selectors pinned by `@` at other evaluation times.
 */
export async function runPromqltest(text: string): Promise<PromqltestReport> {
  const run = new ScriptRun();
  for (const command of parseScript(text)) {
    switch (command.kind) {
      case 'clear':
        run.clear();
        break;
      case 'broken':
        run.failed.push({ line: command.line, expr: command.text, complaint: command.reason });
        break;
      case 'load':
        run.load(command);
        break;
      case 'eval':
        await run.evaluate(command);
    }
  }
  return run;
}

class ScriptRun implements PromqltestReport {
  passed = 0;
  readonly failed: FailedCase[] = [];
  readonly skipped: Record<string, number> = {};
  #storage = new MemorySeries();
  #startTimestamps = false;

  clear(): void {
    this.#storage = new MemorySeries();
    this.#startTimestamps = false;
  }

  load(command: LoadCommand): void {
    this.#startTimestamps ||= command.startTimestamps;
    try {
      load(this.#storage, command);
    } catch (error) {
      this.#fail(command.line, 'load', error instanceof Error ? error.message : String(error));
    }
  }

  async evaluate(command: EvalCommand): Promise<void> {
    const outcome = this.#startTimestamps ? START_TIMESTAMPS : await runCase(this.#storage, command);
    if (outcome.kind === 'passed') {
      this.passed += 1;
    } else if (outcome.kind === 'skipped') {
      this.skipped[outcome.reason] = (this.skipped[outcome.reason] ?? 0) + 1;
    } else {
      this.#fail(command.line, command.expr, outcome.reason);
    }
  }

  #fail(line: number, expr: string, complaint: string): void {
    this.failed.push({ line, expr, complaint });
  }
}

function load(storage: MemorySeries, { series, stepMs, withHistograms }: LoadCommand): void {
  const last = new Map(series.map((written) => [written.labels.key, written]));
  for (const written of last.values()) {
    storage.load(written, stepMs);
    const base = written.labels.metricName.replace(/_bucket$/, '');
    if (withHistograms && base !== written.labels.metricName) {
      const labels = written.labels.without(['le']).with({ [METRIC_NAME]: base });
      storage.load({ labels, slots: written.slots.map((slot) => (slot === 'missing' ? slot : 'histogram')) }, stepMs);
    }
  }
}

async function runCase(storage: MemorySeries, command: EvalCommand): Promise<Outcome> {
  if (command.series.some((series) => series.slots.includes('histogram')) || /\{count:/.test(JSON.stringify(command.series))) {
    return NATIVE_HISTOGRAMS;
  }
  storage.sawHistogram = false;
  const outcome = await attempt(new PromqlEngine({ reader: storage }), command);
  // What comes out right although a histogram was among the data did not need it; that nothing comes out tells nothing.
  const tells = command.series.length > 0 || command.scalar !== null || command.string !== null;
  return storage.sawHistogram && !(outcome.kind === 'passed' && tells) ? NATIVE_HISTOGRAMS : outcome;
}

async function attempt(engine: PromqlEngine, command: EvalCommand): Promise<Outcome> {
  const [expectedFailure] = command.demands.fail;
  try {
    const query = engine.prepare(command.expr);
    const result = await (command.range === null ? engine.instant(query, command.atMs) : engine.evaluate(query, command.range));
    if (expectedFailure !== undefined) {
      return { kind: 'failed', reason: 'expected an error, got none' };
    }
    const wrong = judge(command, result);
    const complaints = wrong.length > 0 ? wrong : await recheck(engine, command);
    return complaints.length === 0 ? { kind: 'passed' } : { kind: 'failed', reason: complaints.join('; ') };
  } catch (error) {
    return failureOutcome(error, command);
  }
}

function failureOutcome(error: unknown, command: EvalCommand): Outcome {
  const [expected] = command.demands.fail;
  if (error instanceof PromqlParseError) {
    if (/for native histograms/.test(error.reason)) {
      return NATIVE_HISTOGRAMS;
    }
    return /experimental/.test(error.reason)
      ? { kind: 'skipped', reason: `experimental: ${error.reason}` }
      : { kind: 'failed', reason: error.message };
  }
  if (!(error instanceof EvaluationError || error instanceof QueryLimitError)) {
    throw error;
  }
  if (expected === undefined) {
    return { kind: 'failed', reason: `unexpected error: ${error.message}` };
  }
  return matchesPattern(expected, error.message)
    ? { kind: 'passed' }
    : { kind: 'failed', reason: `expected another error, got: ${error.message}` };
}

/** Prometheus' runner asks a passing instant query again in two other ways. */
async function recheck(engine: PromqlEngine, command: EvalCommand): Promise<string[]> {
  if (command.range !== null) {
    return [];
  }
  return [...(await rangeComplaints(engine, command)), ...(await pinnedComplaints(engine, command))];
}

async function pinnedComplaints(engine: PromqlEngine, command: EvalCommand): Promise<string[]> {
  const { atMs } = command;
  const text = pinnedQuery(parse(command.expr), atMs);
  const times = atMs === 0 ? [-1000, 0, 1000] : [-10 * atMs, 0, Math.trunc(atMs / 5), atMs, 10 * atMs];
  const complaints: string[] = [];
  for (const time of text === undefined ? [] : times) {
    const result = await engine.instant(text ?? '', time);
    const pinned = { ...command, expr: text ?? '' };
    complaints.push(...judge(pinned, result).map((complaint) => `as ${text} at ${time} ms: ${complaint}`));
  }
  return complaints;
}

const CHECK_STEP_MS = 60_000;

async function rangeComplaints(engine: PromqlEngine, command: EvalCommand): Promise<string[]> {
  const applies = command.matrix === null && command.string === null && !command.demands.ordered;
  if (!applies || /(start|end|range|step)\s*\(\)/.test(command.expr)) {
    return [];
  }
  const range = { startMs: command.atMs - CHECK_STEP_MS, endMs: command.atMs + CHECK_STEP_MS, stepMs: CHECK_STEP_MS };
  const result = await engine.evaluate(command.expr, range);
  return judge({ ...command, demands: NO_DEMANDS }, middleStep(result)).map((complaint) => `as a range: ${complaint}`);
}

const NO_DEMANDS = { fail: [], warn: [], info: [], noWarn: false, noInfo: false, ordered: false };

function middleStep(result: QueryResult): QueryResult {
  switch (result.kind) {
    case 'scalar':
      return { ...result, values: result.values.subarray(1, 2) };
    case 'vector':
      return { ...result, series: result.series.map((series) => ({ ...series, values: series.values.subarray(1, 2) })) };
    default:
      return result;
  }
}
