import { join } from 'node:path';
import { ESTATE } from './estate/environments.ts';
import { loadScenarios } from './scenarios/scenario-file.ts';
import { ScenarioRuns } from './scenarios/scenario-runs.ts';
import { World } from './targets/world.ts';

/** A clock for tests that moves only when told; callbacks run when their time is passed. */
export class StepClock {
  #now: number;
  readonly #timers = new Map<() => void, number>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#timers.set(callback, this.#now + delayMs);
    return () => {
      this.#timers.delete(callback);
    };
  }

  advance(byMs: number): void {
    this.#now += byMs;
    for (const [callback, dueAt] of [...this.#timers].filter((timer) => timer[1] <= this.#now).sort((a, b) => a[1] - b[1])) {
      this.#timers.delete(callback);
      if (dueAt <= this.#now) {
        callback();
      }
    }
  }
}

export const SCENARIOS = loadScenarios(join(import.meta.dirname, 'scenarios'));

/** Sunday, 22 November 2026, 13:30 in India. */
export const NOON = Date.UTC(2026, 10, 22, 8, 0, 0);

/** The model without any server. */
export function demoEstate(at = NOON, seed = 'test', stateFile?: string) {
  const clock = new StepClock(at);
  const runs = new ScenarioRuns({ clock, estate: ESTATE, scenarios: SCENARIOS, stateFile });
  const world = new World({ seed, estate: ESTATE, scenarioFiles: SCENARIOS, scenarios: runs });
  return { clock, runs, world };
}
