import { EXPRESSIONS } from '../../../server/bench/expressions.ts';
import type { Engine } from '../engines/engine.ts';
import type { Answer } from '../engines/http.ts';
import { median, report, rounded, say } from '../figures.ts';
import { differenceOf, type Points, pointsOf } from './answers.ts';

export interface QueryRun {
  readonly bench: string;
  /** What is asked, for the figures' names: `1 h at 15 s`. */
  readonly what: string;
  readonly rounds: number;
  readonly isOver: () => boolean;
  readonly ask: (engine: Engine, expr: string) => Promise<Answer>;
}

interface Timings {
  readonly expr: string;
  readonly ms: ReadonlyMap<Engine, number[]>;
}

/** Answers within this of Prometheus' are the same. */
const TOLERANCE = 1e-9;

/**
 * Asks every engine every expression, in rounds, the engines in turn. Reports per expression, and the median over expressions of the
 * ratio to each peer. The first round compares the answers with Prometheus': an expression that Tila answers differently, or not at
 * all, has no figure, and the number of those is one. Once the time is over, the rest is left out.
 */
export async function compareQueries(engines: readonly Engine[], run: QueryRun): Promise<void> {
  const timings: Timings[] = EXPRESSIONS.map(({ text }) => ({ expr: text, ms: new Map(engines.map((engine) => [engine, []])) }));
  const wrong = new Set<string>();
  for (let round = 0; round < run.rounds && !run.isOver(); round += 1) {
    for (const { expr, ms } of timings) {
      if (run.isOver()) {
        break;
      }
      const answers = await askAll(engines, { run, expr, round, ms });
      if (round === 0 && !isAgreed(expr, answers)) {
        wrong.add(expr);
      }
    }
    say(`${run.bench} ${run.what}: round ${round + 1} ended`);
  }
  reportExpressions(run, timings, wrong);
  reportMedians(
    run,
    timings.filter(({ expr }) => !wrong.has(expr)),
  );
  report({
    bench: run.bench,
    figure: `${run.what}: expressions Tila answers differently from Prometheus`,
    value: wrong.size,
    unit: `of ${timings.filter(({ ms }) => [...ms.values()].some((times) => times.length > 0)).length} asked`,
  });
}

interface Asking extends Timings {
  readonly run: QueryRun;
  readonly round: number;
}

/** The comment makes the text new to every engine, so that none answers from a plan or result it keeps by text. */
async function askAll(engines: readonly Engine[], { run, expr, round, ms }: Asking): Promise<Map<Engine, Points>> {
  const answers = new Map<Engine, Points>();
  for (const engine of engines) {
    try {
      const answer = await run.ask(engine, `${expr} # ${round}`);
      ms.get(engine)?.push(answer.ms);
      if (round === 0) {
        answers.set(engine, pointsOf(answer.body));
      }
    } catch (error) {
      say(`${engine.name} does not answer ${expr}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return answers;
}

/** VictoriaMetrics does not extrapolate, so what it says is not held against it. */
function isAgreed(expr: string, answers: ReadonlyMap<Engine, Points>): boolean {
  const of = (name: string): Points | undefined => [...answers].find(([engine]) => engine.name === name)?.[1];
  const reference = of('Prometheus');
  const own = of('Tila');
  if (reference === undefined || own === undefined) {
    return own !== undefined;
  }
  const { points, unmatched, ties, worst } = differenceOf(reference, own);
  if (ties > 0 && !/\b(topk|bottomk)\b/.test(expr)) {
    say(`Tila differs from Prometheus: ${expr}: ${ties} points of other series`);
    return false;
  }
  const isSame = unmatched === 0 && worst <= TOLERANCE;
  if (!isSame) {
    say(`Tila differs from Prometheus: ${expr}: ${points} points, ${unmatched} only in one, worst ${worst.toExponential(1)}`);
  }
  return isSame;
}

function reportExpressions({ bench, what }: QueryRun, timings: readonly Timings[], wrong: ReadonlySet<string>): void {
  for (const { expr, ms } of timings) {
    const own = medianOf(ms, 'Tila');
    for (const [{ name, version }, times] of ms) {
      if (name !== 'Tila' && times.length > 0) {
        const peerValue = median(times);
        const value = wrong.has(expr) ? null : own;
        const ratio = value === null ? {} : { ratio: rounded(value / peerValue) };
        report({
          bench,
          figure: `${what}: ${expr}`,
          value,
          unit: 'ms',
          peer: `${name} ${version}`,
          peerValue: rounded(peerValue),
          ...ratio,
        });
      }
    }
  }
}

function reportMedians({ bench, what }: QueryRun, timings: readonly Timings[]): void {
  const peers = [...(timings[0]?.ms.keys() ?? [])].filter(({ name }) => name !== 'Tila');
  for (const peer of peers) {
    const both = timings.flatMap(({ ms }) => {
      const own = medianOf(ms, 'Tila');
      const theirs = ms.get(peer) ?? [];
      return own === null || theirs.length === 0 ? [] : [{ own, theirs: median(theirs) }];
    });
    if (both.length > 0) {
      report({
        bench,
        figure: `${what}: median of ${both.length} expressions (the ratio is the median of ratios)`,
        value: median(both.map(({ own }) => own)),
        unit: 'ms',
        peer: `${peer.name} ${peer.version}`,
        peerValue: rounded(median(both.map(({ theirs }) => theirs))),
        ratio: rounded(median(both.map(({ own, theirs }) => own / theirs))),
      });
    }
  }
}

function medianOf(ms: ReadonlyMap<Engine, readonly number[]>, name: string): number | null {
  const times = [...ms].find(([engine]) => engine.name === name)?.[1] ?? [];
  return times.length === 0 ? null : median(times);
}
