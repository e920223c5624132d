import type { Environment, EnvironmentPlan } from '../estate/estate.ts';
import { type EntityState, HEALTHY, type MutableState, settle } from './entity-state.ts';
import type { EffectFile, ScenarioFile } from './scenario-file.ts';

/** A scenario that was started. Times are epoch milliseconds; `stoppedAt` is set when someone ended it early. */
export interface ScenarioRun {
  readonly scenario: string;
  readonly startedAt: number;
  readonly stoppedAt?: number | undefined;
}

interface TimedEffect {
  readonly effect: EffectFile;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Edge {
  readonly to: string;
  readonly share: number;
  readonly delayMs: number;
}

/**
 * What every entity of the estate suffers at any moment, as a pure function of the runs so far. Immutable: a new run or an
 * early stop makes a new timeline that says the same about the time before it.
 */
export class EffectTimeline {
  readonly #effects: ReadonlyMap<string, readonly TimedEffect[]>;
  readonly #edges: ReadonlyMap<string, readonly Edge[]>;
  readonly #windows = new Map<string, readonly Window[]>();

  constructor(input: {
    readonly estate: readonly EnvironmentPlan[];
    readonly scenarios: readonly ScenarioFile[];
    readonly runs: readonly ScenarioRun[];
  }) {
    this.#edges = edgesOf(input.estate);
    this.#effects = Map.groupBy(
      input.runs.flatMap((run) => timedEffects(run, input.scenarios)),
      ({ effect }) => keyOf(effect.environment ?? 'prod', 'service' in effect ? effect.service : PROMETHEUS),
    );
  }

  /** Disjoint, rising spans outside which the entity is healthy. Trouble of callees counts. */
  windows(environment: Environment, entity: string): readonly Window[] {
    const key = keyOf(environment, entity);
    const known = this.#windows.get(key);
    if (known !== undefined) {
      return known;
    }
    const own = (this.#effects.get(key) ?? []).map(({ effect, fromMs, toMs }) => ({ fromMs, toMs: toMs + effect.recover }));
    const inherited = (this.#edges.get(key) ?? []).flatMap(({ to, delayMs }) =>
      this.windows(environment, to).map(({ fromMs, toMs }) => ({ fromMs: fromMs + delayMs, toMs: toMs + delayMs })),
    );
    const merged = mergeWindows([...own, ...inherited]);
    this.#windows.set(key, merged);
    return merged;
  }

  /** The state of one instance (counted from 1) of a service or datastore. */
  stateAt(environment: Environment, entity: string, at: { readonly ms: number; readonly instance: number }): EntityState {
    if (!this.windows(environment, entity).some(({ fromMs, toMs }) => at.ms >= fromMs && at.ms < toMs)) {
      return HEALTHY;
    }
    const state: MutableState = { ...HEALTHY };
    const key = keyOf(environment, entity);
    for (const timed of this.#effects.get(key) ?? []) {
      apply(state, timed, at);
    }
    settle(state);
    for (const { to, share, delayMs } of this.#edges.get(key) ?? []) {
      const callee = this.stateAt(environment, to, { ms: at.ms - delayMs, instance: 1 });
      state.errorRatio += share * 0.9 * callee.errorRatio;
      state.latencyFactor += share * 0.6 * (callee.latencyFactor - 1);
    }
    state.errorRatio = Math.min(state.errorRatio, 0.9);
    return state;
  }

  /** When a scenario last replaced the process of an instance (a deployment, its rollback, a lost task coming back), or `null`. */
  lastRestart(environment: Environment, entity: string, at: { readonly ms: number; readonly instance: number }): number | null {
    const restarts = (this.#effects.get(keyOf(environment, entity)) ?? []).flatMap(({ effect, fromMs, toMs }) => {
      const concerns = 'instance' in effect && (effect.instance ?? at.instance) === at.instance;
      if (effect.kind === 'version') {
        return concerns || effect.instance === undefined ? [fromMs, toMs] : [];
      }
      return effect.kind === 'instance-down' && concerns ? [toMs] : [];
    });
    const past = restarts.filter((ms) => ms <= at.ms);
    return past.length === 0 ? null : Math.max(...past);
  }

  /** Whether the environment's Prometheus server is silent; it then scrapes nothing either. */
  prometheusDown(environment: Environment, ms: number): boolean {
    return (this.#effects.get(keyOf(environment, PROMETHEUS)) ?? []).some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
  }
}

const PROMETHEUS = '(prometheus)';

function keyOf(environment: string, entity: string): string {
  return `${environment}/${entity}`;
}

function timedEffects(run: ScenarioRun, scenarios: readonly ScenarioFile[]): TimedEffect[] {
  const scenario = scenarios.find(({ name }) => name === run.scenario);
  const stoppedAt = run.stoppedAt ?? Number.POSITIVE_INFINITY;
  return (scenario?.phases ?? [])
    .flatMap((phase) =>
      phase.effects.map((effect) => ({
        effect: { ...effect, environment: effect.environment ?? scenario?.environment },
        fromMs: run.startedAt + phase.at,
        toMs: Math.min(run.startedAt + phase.until, stoppedAt),
      })),
    )
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

/** How strong the effect is, 0 to 1. The fade starts from where the ramp had come. */
function strength({ effect, fromMs, toMs }: TimedEffect, ms: number): number {
  if (ms < fromMs) {
    return 0;
  }
  const grown = effect.ramp === 0 ? 1 : Math.min(1, (Math.min(ms, toMs) - fromMs) / effect.ramp);
  if (ms < toMs) {
    return grown;
  }
  return effect.recover === 0 ? 0 : grown * Math.max(0, 1 - (ms - toMs) / effect.recover);
}

function apply(state: MutableState, timed: TimedEffect, at: { readonly ms: number; readonly instance: number }): void {
  const { effect } = timed;
  const power = strength(timed, at.ms);
  const elsewhere = 'instance' in effect && effect.instance !== undefined && effect.instance !== at.instance;
  if (effect.kind === 'instance-down' && power > 0 && elsewhere) {
    state.loadFactor *= 2;
  }
  if (power === 0 || elsewhere) {
    return;
  }
  switch (effect.kind) {
    case 'error-ratio':
      state.errorRatio += effect.to * power;
      break;
    case 'latency':
      state.latencyFactor *= 1 + (effect.factor - 1) * power;
      break;
    case 'load':
      state.loadFactor *= 1 + (effect.factor - 1) * power;
      break;
    case 'pool':
      state.pool = Math.max(state.pool, effect.to * power);
      break;
    case 'memory':
      state.memory = { to: effect.to, power };
      break;
    case 'lag':
      state.lag = { consumergroup: effect.consumergroup, messages: effect.to * power };
      break;
    case 'version':
      state.version = effect.version;
      break;
    case 'instance-down':
      state.down = true;
      state.loadFactor = 0;
      break;
    case 'exporter-down':
      state.down = true;
      break;
    case 'prometheus-down':
      break;
  }
}

function edgesOf(estate: readonly EnvironmentPlan[]): Map<string, readonly Edge[]> {
  const edges = new Map<string, readonly Edge[]>();
  for (const { environment, services, datastores } of estate) {
    for (const service of services) {
      edges.set(keyOf(environment, service.name), service.calls);
    }
    for (const datastore of datastores) {
      if (datastore.kind === 'alb') {
        edges.set(keyOf(environment, datastore.name), datastore.behind);
      }
    }
  }
  return edges;
}

function mergeWindows(windows: readonly Window[]): readonly Window[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const window of windows.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && window.fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, window.toMs);
    } else {
      merged.push({ ...window });
    }
  }
  return merged;
}
