import { parseDuration, parseNumber, unquote } from '../parser/literals.ts';
import { parseSeriesLine, ScriptError, type WrittenSeries } from './series-line.ts';

/** What an eval block demands beside its values. */
export interface Demands {
  readonly fail: readonly TextPattern[];
  readonly warn: readonly TextPattern[];
  readonly info: readonly TextPattern[];
  readonly noWarn: boolean;
  readonly noInfo: boolean;
  readonly ordered: boolean;
}

/** `null` text matches anything. */
export type TextPattern = { readonly kind: 'any' } | { readonly kind: 'msg' | 'regex'; readonly text: string };

export interface ExpectedRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly expr: string;
  /** `null` for an instant query. */
  readonly range: ExpectedRange | null;
  readonly atMs: number;
  readonly demands: Demands;
  /** Set when an instant query is expected to give a matrix over these times. */
  readonly matrix: ExpectedRange | null;
  readonly scalar: number | null;
  readonly string: string | null;
  readonly series: readonly WrittenSeries[];
}

export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly stepMs: number;
  readonly withHistograms: boolean;
  readonly series: readonly WrittenSeries[];
  /** Whether start timestamps, an experiment, are given. */
  readonly startTimestamps: boolean;
}

/** A block that cannot be read; the script goes on after it. */
export interface BrokenCommand {
  readonly kind: 'broken';
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export type Command = { readonly kind: 'clear' } | LoadCommand | EvalCommand | BrokenCommand;

/** Splits a `.test` script into its commands. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: Command[] = [];
  for (let at = 0; at < lines.length; ) {
    const head = lines[at] ?? '';
    if (head === '') {
      at += 1;
      continue;
    }
    const end = lines.indexOf('', at);
    const body = lines.slice(at + 1, end < 0 ? lines.length : end);
    const [command, used] = parseCommand(head, body, at + 1);
    commands.push(command);
    at += 1 + used;
  }
  return commands;
}

function parseCommand(head: string, body: readonly string[], line: number): [Command, number] {
  const word = (head.split(/\s/)[0] ?? '').toLowerCase();
  try {
    if (word === 'clear') {
      return [{ kind: 'clear' }, 0];
    }
    if (word.startsWith('load')) {
      return [parseLoad(head, body, line), body.length];
    }
    if (word.startsWith('eval')) {
      return parseEval(head, body, line);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return [{ kind: 'broken', line, text: head, reason }, body.length];
  }
  return [{ kind: 'broken', line, text: head, reason: 'not a command: a block begins with load, eval or clear' }, body.length];
}

function parseLoad(head: string, body: readonly string[], line: number): LoadCommand {
  const match = /^load(_with_nhcb)?\s+(.+)$/.exec(head);
  const plain = body.filter((text) => !/@st\s/.test(text));
  return {
    kind: 'load',
    line,
    stepMs: duration(match?.[2]),
    withHistograms: match?.[1] !== undefined,
    series: plain.map(parseSeriesLine),
    startTimestamps: plain.length < body.length,
  };
}

const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;

function parseEval(head: string, body: readonly string[], line: number): [EvalCommand, number] {
  const instant = INSTANT.exec(head);
  const range = RANGE.exec(head);
  const [mode, expr] = instant === null ? [range?.[1], range?.[5]] : [instant[1], instant[3]];
  if (expr === undefined) {
    throw new ScriptError(`invalid eval command: ${head}`);
  }
  const expectation = parseBody(mode, body);
  const command: EvalCommand = {
    kind: 'eval',
    line,
    expr,
    range: range === null ? null : { startMs: duration(range[2]), endMs: duration(range[3]), stepMs: duration(range[4]) },
    atMs: expectation.matrix?.endMs ?? (instant === null ? 0 : duration(instant[2])),
    ...expectation,
  };
  return [command, expectation.used];
}

interface Expectation {
  readonly demands: Demands;
  readonly matrix: ExpectedRange | null;
  readonly scalar: number | null;
  readonly string: string | null;
  readonly series: readonly WrittenSeries[];
  readonly used: number;
}

function parseBody(mode: string | undefined, body: readonly string[]): Expectation {
  const demands = new DemandList(mode);
  const series: WrittenSeries[] = [];
  let matrix: ExpectedRange | null = null;
  let string: string | null = null;
  for (const [index, line] of body.entries()) {
    if (demands.legacy(line)) {
      return { demands: demands.build(), matrix, scalar: null, string, series, used: index + 1 };
    }
    if (/^expect\s/.test(line)) {
      matrix = parseMatrixRange(line) ?? matrix;
      string = parseExpectedString(line) ?? string;
      demands.add(line);
      continue;
    }
    const scalar = parseLoneNumber(line);
    if (scalar !== undefined) {
      return { demands: demands.build(), matrix, scalar, string, series, used: index + 1 };
    }
    series.push(parseSeriesLine(line));
  }
  return { demands: demands.build(), matrix, scalar: null, string, series, used: body.length };
}

/** Gathers the `expect` lines of a block. */
class DemandList {
  readonly #texts: Record<'fail' | 'warn' | 'info', TextPattern[]> = { fail: [], warn: [], info: [] };
  readonly #flags = new Set<string>();

  constructor(mode: string | undefined) {
    if (mode === 'fail' || mode === 'warn' || mode === 'info') {
      this.#texts[mode].push({ kind: 'any' });
    } else if (mode === 'ordered') {
      this.#flags.add('ordered');
    }
  }

  /** Takes the old way to name an error text. */
  legacy(line: string): boolean {
    const match = /^expected_fail_(message|regexp)\s+(.*)$/.exec(line);
    if (match !== null) {
      this.#texts.fail = [{ kind: match[1] === 'message' ? 'msg' : 'regex', text: match[2] ?? '' }];
    }
    return match !== null;
  }

  add(line: string): void {
    const match = /^expect\s+(fail|warn|info|no_warn|no_info|ordered)(?:\s+(msg|regex)\s*:(.*))?$/.exec(line);
    const [, what, kind, text] = match ?? [];
    if (what === 'fail' || what === 'warn' || what === 'info') {
      this.#texts[what].push(kind === 'msg' || kind === 'regex' ? { kind, text: (text ?? '').trim() } : { kind: 'any' });
    } else if (what !== undefined) {
      this.#flags.add(what);
    }
  }

  build(): Demands {
    return {
      ...this.#texts,
      noWarn: this.#flags.has('no_warn'),
      noInfo: this.#flags.has('no_info'),
      ordered: this.#flags.has('ordered'),
    };
  }
}

function parseMatrixRange(line: string): ExpectedRange | undefined {
  const match = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(line);
  return match === null ? undefined : { startMs: duration(match[1]), endMs: duration(match[2]), stepMs: duration(match[3]) };
}

function parseExpectedString(line: string): string | undefined {
  const literal = /^expect\s+string\s+(.+)$/.exec(line)?.[1];
  return literal === undefined ? undefined : unquote(literal);
}

function parseLoneNumber(line: string): number | undefined {
  const match = /^([+-]?)([\w.]+(?:[eE][+-]\d+)?)$/.exec(line);
  const value = match === null || parseDuration(line) !== undefined ? undefined : parseNumber(match[2] ?? '');
  if (line === '0') {
    return 0;
  }
  return value === undefined || match?.[1] !== '-' ? value : -value;
}

function duration(text: string | undefined): number {
  const ms = parseDuration((text ?? '').trim());
  if (ms === undefined) {
    throw new ScriptError(`invalid duration ${text}`);
  }
  return ms;
}
