import { METRIC_NAME } from '../../model/labels.ts';
import { PromqlEngine, type QueryResult } from '../engine.ts';
import { EvaluationError, PromqlParseError, QueryLimitError } from '../errors.ts';
import { MemorySeries } from './memory-series.ts';
import { type EvalCommand, type LoadCommand, parseScript } from './script.ts';
import { judge, matchesPattern } from './verdict.ts';

export interface FailedCase {
  /** The line of the eval command, from 1. */
  readonly line: number;
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

/**
 * Runs one of Prometheus' `.test` scripts. Left out, and counted, is only what needs native histograms or experimental syntax.
 * Like Prometheus' runner, a passing instant query is evaluated again as the middle step of a range.
 * @throws ScriptError when the script itself cannot be read.
 */
export async function runPromqltest(text: string): Promise<PromqltestReport> {
  let storage = new MemorySeries();
  let startTimestamps = false;
  let passed = 0;
  const failed: FailedCase[] = [];
  const skipped: Record<string, number> = {};
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') {
      storage = new MemorySeries();
      startTimestamps = false;
    } else if (command.kind === 'load') {
      load(storage, command);
      startTimestamps ||= command.startTimestamps;
    } else {
      const outcome = startTimestamps ? START_TIMESTAMPS : await runCase(storage, command);
      if (outcome.kind === 'passed') {
        passed += 1;
      } else if (outcome.kind === 'skipped') {
        skipped[outcome.reason] = (skipped[outcome.reason] ?? 0) + 1;
      } else {
        failed.push({ line: command.line, expr: command.expr, complaint: outcome.reason });
      }
    }
  }
  return { passed, failed, skipped };
}

const START_TIMESTAMPS: Outcome = { kind: 'skipped', reason: 'experimental: start timestamps' };

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
    return { kind: 'skipped', reason: 'native histograms' };
  }
  storage.sawHistogram = false;
  const engine = new PromqlEngine({ reader: storage });
  const outcome = await attempt(engine, command);
  return storage.sawHistogram ? { kind: 'skipped', reason: 'native histograms' } : outcome;
}

async function attempt(engine: PromqlEngine, command: EvalCommand): Promise<Outcome> {
  const [expectedFailure] = command.demands.fail;
  try {
    const query = engine.prepare(command.expr);
    const result = await (command.range === null ? engine.instant(query, command.atMs) : engine.evaluate(query, command.range));
    if (expectedFailure !== undefined) {
      return { kind: 'failed', reason: 'expected an error, got none' };
    }
    const complaints = [...judge(command, result), ...(await rangeComplaints(engine, command))];
    return complaints.length === 0 ? { kind: 'passed' } : { kind: 'failed', reason: complaints.join('; ') };
  } catch (error) {
    return failureOutcome(error, command);
  }
}

function failureOutcome(error: unknown, command: EvalCommand): Outcome {
  const [expected] = command.demands.fail;
  if (error instanceof PromqlParseError) {
    const experimental = /experimental|native histograms/.test(error.reason);
    return experimental
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

const CHECK_STEP_MS = 60_000;

async function rangeComplaints(engine: PromqlEngine, command: EvalCommand): Promise<string[]> {
  const applies = command.range === null && command.matrix === null && command.string === null && !command.demands.ordered;
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
