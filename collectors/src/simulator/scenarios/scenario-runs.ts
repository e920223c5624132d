import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { EnvironmentPlan } from '../estate/estate.ts';
import { EffectTimeline, type ScenarioRun } from './effect-timeline.ts';
import { type ScenarioFile, scenarioLengthMs } from './scenario-file.ts';

/** Runs begin and end on this grid, which is also the step of the counters' integration (`model/counter-extras.ts`). */
export const CELL_MS = 2_000;

const MAX_RUNS = 50;

const RunsFile = z.array(z.strictObject({ scenario: z.string(), startedAt: z.number(), stoppedAt: z.number().optional() }));

export interface ScenarioRunsDeps {
  readonly clock: { now(): number };
  readonly estate: readonly EnvironmentPlan[];
  readonly scenarios: readonly ScenarioFile[];
  /** Where runs survive a restart, so that counters do not fall back. Absent: they are forgotten. */
  readonly stateFile?: string | undefined;
}

export type RunningState = 'running' | 'idle';

/** The scenarios that were started, newest last, and the timeline that follows from them. */
export class ScenarioRuns {
  readonly #deps: ScenarioRunsDeps;
  #runs: readonly ScenarioRun[];
  #timeline: EffectTimeline;

  constructor(deps: ScenarioRunsDeps) {
    this.#deps = deps;
    this.#runs = readRuns(deps.stateFile);
    this.#timeline = new EffectTimeline({ estate: deps.estate, scenarios: deps.scenarios, runs: this.#runs });
  }

  get timeline(): EffectTimeline {
    return this.#timeline;
  }

  get runs(): readonly ScenarioRun[] {
    return this.#runs;
  }

  /** The run that is still in progress, or `undefined`. */
  current(name: string): ScenarioRun | undefined {
    const now = this.#deps.clock.now();
    return this.#runs.findLast((run) => run.scenario === name && run.stoppedAt === undefined && now < this.endsAt(run));
  }

  /** When the run's last effect has faded, unless it is stopped before. */
  endsAt(run: ScenarioRun): number {
    const scenario = this.#deps.scenarios.find(({ name }) => name === run.scenario);
    return run.startedAt + (scenario === undefined ? 0 : scenarioLengthMs(scenario));
  }

  /** Begins at the next grid point, at most two seconds from now. `undefined` when there is no such scenario or it already runs. */
  start(name: string): ScenarioRun | undefined {
    if (this.#deps.scenarios.every((scenario) => scenario.name !== name) || this.current(name) !== undefined) {
      return undefined;
    }
    const run: ScenarioRun = { scenario: name, startedAt: this.#nextCell() };
    this.#replace([...this.#runs, run].slice(-MAX_RUNS));
    return run;
  }

  /** Ends the phases now; effects fade as their `recover` says. `undefined` when it is not running. */
  stop(name: string): ScenarioRun | undefined {
    const current = this.current(name);
    if (current === undefined) {
      return undefined;
    }
    const stopped = { ...current, stoppedAt: this.#nextCell() };
    this.#replace(this.#runs.map((run) => (run === current ? stopped : run)));
    return stopped;
  }

  #nextCell(): number {
    return Math.floor(this.#deps.clock.now() / CELL_MS + 1) * CELL_MS;
  }

  #replace(runs: readonly ScenarioRun[]): void {
    this.#runs = runs;
    this.#timeline = new EffectTimeline({ estate: this.#deps.estate, scenarios: this.#deps.scenarios, runs });
    writeRuns(this.#deps.stateFile, runs);
  }
}

function readRuns(path: string | undefined): readonly ScenarioRun[] {
  if (path === undefined) {
    return [];
  }
  try {
    return RunsFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // A missing or foreign file only means that counters start without the outages before; the demo must still come up.
    return [];
  }
}

function writeRuns(path: string | undefined, runs: readonly ScenarioRun[]): void {
  if (path === undefined) {
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(runs));
  renameSync(`${path}.new`, path);
}
