import type { Matcher } from '../../model/matcher.ts';
import type { Selection, SelectionHint, SeriesReader, SeriesSamples } from '../../model/series-store.ts';
import { type AtModifier, childrenOf, type Expr, leftChain, type Subquery, unwrapParens, type VectorSelector } from '../ast.ts';
import type { EvaluationContext, Grid } from './values.ts';

export interface WindowSettings {
  readonly lookbackMs: number;
  /** The step of subqueries that name none. */
  readonly defaultStepMs: number;
  readonly query: EvaluationContext['query'];
}

/** The grid a subquery evaluates its expression on: multiples of its step inside the windows of all outer steps. */
export function subqueryGrid(expr: Subquery, outer: Grid, settings: WindowSettings): Grid {
  const stepMs = expr.stepMs ?? settings.defaultStepMs;
  const pinned = pinnedTime(expr.at, settings.query);
  const first = (pinned ?? outer.startMs) - expr.offsetMs;
  const last = (pinned ?? outer.startMs + (outer.steps - 1) * outer.stepMs) - expr.offsetMs;
  const startMs = (Math.floor((first - expr.rangeMs) / stepMs) + 1) * stepMs;
  return { startMs, stepMs, steps: Math.max(0, Math.floor((last - startMs) / stepMs) + 1), endMs: last };
}

/** The time `@` pins to, or `null` when there is no `@`. */
export function pinnedTime(at: AtModifier | null, query: EvaluationContext['query']): number | null {
  switch (at?.kind) {
    case 'time':
      return at.ms;
    case 'start':
      return query.startMs;
    case 'end':
      return query.endMs;
    case undefined:
      return null;
  }
}

interface Need {
  readonly matchers: readonly Matcher[];
  readonly hint?: SelectionHint;
  fromMs: number;
  toMs: number;
}

/** Which samples every selector of an expression needs, windows of equal matchers and purpose joined where they touch. */
export function planSelections(expr: Expr, grid: Grid, settings: WindowSettings): Map<VectorSelector, Selection> {
  const needs = new Map<VectorSelector, Need>();
  collect(expr, grid, { settings, needs });
  const joined = new Map<string, Need[]>();
  const plan = new Map<VectorSelector, Selection>();
  for (const [selector, need] of [...needs].sort((a, b) => a[1].fromMs - b[1].fromMs)) {
    const key = `${need.hint?.function ?? '-'}(${need.matchers.map(String).sort().join(',')}`;
    const group = joined.get(key) ?? [];
    joined.set(key, group);
    const touching = group.find((other) => need.fromMs <= other.toMs + 1 && need.toMs >= other.fromMs - 1);
    if (touching === undefined) {
      group.push(need);
      plan.set(selector, need);
    } else {
      touching.fromMs = Math.min(touching.fromMs, need.fromMs);
      touching.toMs = Math.max(touching.toMs, need.toMs);
      plan.set(selector, touching);
    }
  }
  return plan;
}

interface Collection {
  readonly settings: WindowSettings;
  readonly needs: Map<VectorSelector, Need>;
}

function collect(expr: Expr, grid: Grid, into: Collection): void {
  switch (expr.kind) {
    case 'vectorSelector':
      add({ selector: expr, windowMs: into.settings.lookbackMs }, grid, into);
      return;
    case 'matrixSelector':
      add({ selector: expr.selector, windowMs: expr.rangeMs, hint: { function: '' } }, grid, into);
      return;
    case 'call':
      for (const arg of expr.args) {
        const range = unwrapParens(arg);
        if (range.kind === 'matrixSelector') {
          add({ selector: range.selector, windowMs: range.rangeMs, hint: { function: expr.name } }, grid, into);
        } else {
          collect(arg, grid, into);
        }
      }
      return;
    case 'subquery':
      collect(expr.expr, subqueryGrid(expr, grid, into.settings), into);
      return;
    case 'binary': {
      const chain = leftChain(expr);
      for (const operand of [chain[0].left, ...chain.map(({ right }) => right)]) {
        collect(operand, grid, into);
      }
      return;
    }
    default:
      for (const child of childrenOf(expr)) {
        collect(child, grid, into);
      }
  }
}

interface Use {
  readonly selector: VectorSelector;
  readonly windowMs: number;
  readonly hint?: SelectionHint;
}

function add({ selector, windowMs, hint }: Use, grid: Grid, { settings, needs }: Collection): void {
  if (grid.steps === 0) {
    return;
  }
  const pinned = pinnedTime(selector.at, settings.query);
  const first = (pinned ?? grid.startMs) - selector.offsetMs;
  const last = (pinned ?? grid.startMs + (grid.steps - 1) * grid.stepMs) - selector.offsetMs;
  // Windows are open on the left, and time counts in whole milliseconds.
  needs.set(selector, { matchers: selector.matchers, fromMs: first - windowMs + 1, toMs: last, ...(hint && { hint }) });
}

export interface Fetched {
  readonly samplesOf: (selector: VectorSelector) => readonly SeriesSamples[];
  readonly series: number;
  readonly samples: number;
}

/** Reads every selection once, all at the same time. */
export async function fetchSelections(
  reader: Pick<SeriesReader, 'select'>,
  plan: ReadonlyMap<VectorSelector, Selection>,
  signal: AbortSignal | undefined,
): Promise<Fetched> {
  const distinct = [...new Set(plan.values())];
  const answers = await Promise.all(distinct.map((selection) => reader.select(selection, signal)));
  const bySelection = new Map(distinct.map((selection, index) => [selection, answers[index] ?? []]));
  const bySelector = new Map([...plan].map(([selector, selection]) => [selector, bySelection.get(selection) ?? []]));
  return {
    samplesOf: (selector) => bySelector.get(selector) ?? [],
    series: answers.reduce((sum, answer) => sum + answer.length, 0),
    samples: answers.reduce((sum, answer) => sum + countSamples(answer), 0),
  };
}

function countSamples(answer: readonly SeriesSamples[]): number {
  let samples = 0;
  for (const { timestamps } of answer) {
    samples += timestamps.length;
  }
  return samples;
}
