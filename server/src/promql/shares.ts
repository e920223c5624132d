import type { Selection, SeriesReader, SeriesSamples } from '../model/series-store.ts';
import type { Expr, VectorSelector } from './ast.ts';
import { type Division, divisionsOf } from './evaluate/division.ts';
import { Evaluator, type KnownValue, type QueryState } from './evaluate/evaluator.ts';
import type { WindowSettings } from './evaluate/fetch.ts';
import { computePart, MAX_HELD_POINTS, mergeParts, type Room, type SharePart } from './evaluate/share-part.ts';
import type { Grid } from './evaluate/values.ts';

/** Who reads a selection in shares, of which this engine gets one. */
export interface Sharing {
  /** Resolves with this engine's share, which is the first, as soon as it is read. Without others it is all there is. */
  select(selection: Selection, ask: ShareAsk, signal: AbortSignal | undefined): Promise<SharedSamples>;
  /** Room for points until the query has been answered. */
  readonly room: Room;
}

/** What sharing a selection would be about. */
export interface ShareAsk {
  /** The selection's number in the query: whoever computes another share asks its engine for the same. */
  readonly selection: number;
  /** How much work a series is, in points and samples to be looked at. A guess. */
  readonly workPerSeries: number;
  /** How many series the one who asks should keep for each of another's: what comes after takes it time that the others do not need. */
  readonly ownWeight: number;
  /** With more series the points to be held between the threads would be too many. */
  readonly maxSeries: number;
}

export interface SharedSamples {
  readonly own: readonly SeriesSamples[];
  /** In the order of the shares. */
  readonly others: readonly Promise<ShareAnswer>[];
}

/** What has been made of one share of a selection. */
export interface ShareAnswer {
  readonly series: number;
  readonly samples: number;
  readonly parts: readonly AnnotatedPart[];
}

export interface AnnotatedPart extends SharePart {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export type { Room };

/** Samples are mostly that far apart. */
const ASSUMED_SPACING_MS = 15_000;

/** The selections of a query that can be read and computed in shares, and what is to be computed of each. */
export class ShareablePlan {
  /** By selection. */
  readonly #divisions = new Map<Selection, readonly Division[]>();
  readonly #numbers: ReadonlyMap<Selection, number>;

  constructor(expr: Expr, plan: ReadonlyMap<VectorSelector, Selection>, { grid, settings }: Within) {
    this.#numbers = new Map([...new Set(plan.values())].map((selection, number) => [selection, number]));
    const bySelector = Map.groupBy(divisionsOf(expr, grid, settings), ({ selector }) => selector);
    for (const [selection, uses] of Map.groupBy(plan, ([, each]) => each)) {
      const divisions = uses.flatMap(([selector]) => bySelector.get(selector) ?? []);
      // What is used in another way too must be read as a whole.
      if (uses.every(([selector]) => bySelector.has(selector))) {
        this.#divisions.set(selection, divisions);
      }
    }
  }

  /** What a selection is about, if it can be shared. */
  ask(selection: Selection): ShareAsk | undefined {
    const divisions = this.#divisions.get(selection);
    const number = this.#numbers.get(selection);
    if (divisions === undefined || number === undefined) {
      return undefined;
    }
    const samples = Math.max(1, (selection.toMs - selection.fromMs) / ASSUMED_SPACING_MS);
    const held = divisions.filter(({ kind, isWhole }) => kind === 'rows' && !isWhole);
    return {
      selection: number,
      workPerSeries: samples + divisions.reduce((sum, { grid }) => sum + grid.steps, 0),
      // Rows that are held have their aggregation or join before them, all on one thread.
      ownWeight: held.length > 0 ? 0.5 : 0.85,
      maxSeries: MAX_HELD_POINTS / held.reduce((sum, { grid }) => sum + grid.steps, 0),
    };
  }

  divisions(selection: Selection): readonly Division[] {
    return this.#divisions.get(selection) ?? [];
  }

  /** The selection of this number and what is to be computed of it. */
  numbered(wanted: number): Selection | undefined {
    return [...this.#numbers].find(([, number]) => number === wanted)?.[0];
  }
}

interface Within {
  readonly grid: Grid;
  readonly settings: WindowSettings;
}

/** Reads a query's selections, those that can be shared in shares. */
export class ShareReader implements Pick<SeriesReader, 'select'> {
  readonly #reader: Pick<SeriesReader, 'select'>;
  readonly #sharing: Sharing;
  readonly #plan: ShareablePlan;
  readonly #others = new Map<Selection, SharedSamples['others']>();

  constructor(reader: Pick<SeriesReader, 'select'>, sharing: Sharing, plan: ShareablePlan) {
    this.#reader = reader;
    this.#sharing = sharing;
    this.#plan = plan;
  }

  async select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]> {
    const ask = this.#plan.ask(selection);
    if (ask === undefined) {
      return this.#reader.select(selection, signal);
    }
    const { own, others } = await this.#sharing.select(selection, ask, signal);
    if (others.length > 0) {
      this.#others.set(selection, others);
    }
    return own;
  }

  /** Computes this engine's shares while others compute theirs, then puts all together. */
  async gather(own: QueryState): Promise<Gathered> {
    const shared = [...this.#others].map(([selection, others]) => {
      const divisions = this.#plan.divisions(selection);
      return { divisions, others, parts: divisions.map((division) => annotatedPart(own, division, this.#sharing.room)) };
    });
    const known = new Map<Expr, KnownValue>();
    let [series, samples] = [0, 0];
    for (const { divisions, others, parts } of shared) {
      const answers = await Promise.all(others);
      series += answers.reduce((sum, answer) => sum + answer.series, 0);
      samples += answers.reduce((sum, answer) => sum + answer.samples, 0);
      for (const [i, division] of divisions.entries()) {
        const all = [parts[i], ...answers.map((answer) => answer.parts[i])].filter((part) => part !== undefined);
        known.set(division.node, {
          ...mergeParts(new Evaluator(uncounted(own), division.grid), division, all),
          warnings: all.flatMap(({ warnings }) => warnings),
          infos: all.flatMap(({ infos }) => infos),
        });
      }
    }
    return { known, series, samples };
  }
}

export interface Gathered {
  readonly known: ReadonlyMap<Expr, KnownValue>;
  /** Those of the others. */
  readonly series: number;
  readonly samples: number;
}

/** Computes what a share has of a division. */
export function annotatedPart(state: QueryState, division: Division, room: Room): AnnotatedPart {
  const [warnings, infos] = [new Set<string>(), new Set<string>()];
  // What an undivided query would have used up as it is computed does not count, though it is held until the parts are joined.
  const own = { ...(division.isWhole ? state : uncounted(state)), warnings, infos };
  const part = computePart(new Evaluator(own, division.grid), division, room);
  return { ...part, warnings: [...warnings], infos: [...infos] };
}

function uncounted(state: QueryState): QueryState {
  return { ...state, maxSamples: Number.POSITIVE_INFINITY };
}
