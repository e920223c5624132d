import { type FileProblem, formatProblem } from '../runtime/yaml-file.ts';
import type { StoredRuleState } from './alert-state-store.ts';
import { EvaluationCpu } from './evaluation-cpu.ts';
import { EvaluationTurns } from './evaluation-turns.ts';
import type { RuleAlert } from './rule-alert.ts';
import { RuleDependencies } from './rule-dependencies.ts';
import { parseRuleFile, type RuleFileDefaults, type RuleFileText, type RuleGroupSpec } from './rule-file.ts';
import { RuleGroup, type RuleGroupDeps, type RuleGroupSnapshot, ruleIds } from './rule-group.ts';
import { toQuerySamples } from './rule-templates.ts';

/** At least one rule file is wrong; the message lists every problem as `file:line:column: path: what and how to mend it`. */
export class RuleFilesError extends Error {
  override readonly name = 'RuleFilesError';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(`rule files were not loaded:\n${problems.map(formatProblem).join('\n')}`);
    this.problems = problems;
  }
}

export interface RulesDeps extends Omit<RuleGroupDeps, 'context' | 'cpu' | 'turns'> {
  /** CPU time of this thread so far in milliseconds, to tell what rules take of it. */
  readonly threadMs?: () => number;
  readonly defaults: RuleFileDefaults;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
}

const NOTHING_STORED: StoredRuleState = { alerts: new Map(), sources: new Map() };

/**
 * All rule groups. `load` before or after `start`; a load with any bad file changes nothing. Groups whose definition did
 * not change keep running; changed groups keep the state of rules with the same name and labels.
 *
 * A restart gives back every pending and firing alert exactly as it was, and the next evaluation decides. So, unlike in
 * Prometheus, the time for which Tila was down counts toward `for`: what was true before and is true after is taken to
 * have been true between, because collectors fill the gap.
 */
export class Rules {
  readonly #deps: RulesDeps;
  readonly #cpu: EvaluationCpu;
  readonly #turns = new EvaluationTurns(() => performance.now());
  #groups: ReadonlyMap<string, RuleGroup> = new Map();
  #isRunning = false;
  #stored: StoredRuleState | null = null;
  #lastLoad: Promise<unknown> = Promise.resolve();

  constructor(deps: RulesDeps) {
    this.#deps = deps;
    this.#cpu = new EvaluationCpu(deps.threadMs ?? (() => 0));
  }

  /** CPU time that evaluating rules took on this thread since the start; see `EvaluationCpu`. */
  get cpuSeconds(): number {
    return this.#cpu.seconds;
  }

  /**
   * Replaces the rules by those in the files. Returns warnings.
   * @throws RuleFilesError when any file has a problem; then the rules stay as they are.
   */
  load(files: readonly RuleFileText[]): Promise<readonly string[]> {
    const loading = this.#lastLoad.then(() => this.#load(files));
    this.#lastLoad = loading.catch(() => {});
    return loading;
  }

  async start(): Promise<void> {
    await this.#lastLoad;
    this.#isRunning = true;
    await Promise.all([...this.#groups.values()].map((group) => group.start()));
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
  }

  groups(): readonly RuleGroupSnapshot[] {
    return [...this.#groups.values()].map((group) => group.snapshot());
  }

  /** Every pending and firing alert, also right after `load` and before `start`: the state kept over the restart. */
  activeAlerts(): readonly RuleAlert[] {
    return this.groups().flatMap((group) => group.rules.flatMap((rule) => rule.alerts));
  }

  async #load(files: readonly RuleFileText[]): Promise<readonly string[]> {
    const parsed = files.map((file) => parseRuleFile(file, (expr) => this.#deps.evaluator.check(expr), this.#deps.defaults));
    const problems = parsed.flatMap((result) => (result.ok ? [] : result.problems));
    if (problems.length > 0) {
      throw new RuleFilesError(problems);
    }
    // Stored state is for the first load only: later loads take state from the running groups.
    this.#stored ??= await this.#deps.store.load();
    const specs = parsed.flatMap((result) => (result.ok ? result.groups : []));
    await this.#replace(specs);
    await this.#forgetOthers(specs);
    this.#stored = NOTHING_STORED;
    return parsed.flatMap((result) => (result.ok ? result.warnings : []));
  }

  async #forgetOthers(specs: readonly RuleGroupSpec[]): Promise<void> {
    const known = new Set(specs.flatMap((spec) => ruleIds(spec).map(({ id }) => id)));
    const stored = [...(this.#stored?.alerts.keys() ?? []), ...(this.#stored?.sources.keys() ?? [])];
    await this.#deps.store.forget(stored.filter((id) => !known.has(id)));
  }

  async #replace(specs: readonly RuleGroupSpec[]): Promise<void> {
    const dependencies = new RuleDependencies(
      specs.flatMap((spec) => spec.rules),
      (expr) => this.#deps.evaluator.metricNamesOf(expr),
    );
    const previous = this.#groups;
    const next = new Map(
      specs.map((spec) => [groupKey(spec), this.#keepOrBuild(previous.get(groupKey(spec)), spec, dependencies)]),
    );
    this.#groups = next;
    for (const [key, old] of previous) {
      await this.#handOver(old, next.get(key));
    }
    for (const [key, group] of next) {
      if (this.#isRunning && previous.get(key) !== group) {
        await group.start();
      }
    }
  }

  #keepOrBuild(running: RuleGroup | undefined, spec: RuleGroupSpec, dependencies: RuleDependencies): RuleGroup {
    if (running !== undefined && JSON.stringify(running.spec) === JSON.stringify(spec)) {
      running.depend(dependencies);
      return running;
    }
    const stored = this.#stored ?? NOTHING_STORED;
    return new RuleGroup(spec, dependencies, {
      ...this.#deps,
      cpu: this.#cpu,
      turns: this.#turns,
      stored,
      context: (atMs) => this.#context(atMs),
    });
  }

  async #handOver(old: RuleGroup, successor: RuleGroup | undefined): Promise<void> {
    if (old === successor) {
      return;
    }
    await old.stop();
    successor?.adopt(old);
    await old.retire(successor);
  }

  #context(atMs: number) {
    const { evaluator, externalUrl, externalLabels } = this.#deps;
    const query = async (expr: string) => {
      const result = await evaluator.evaluate(expr, atMs);
      return result.kind === 'vector' ? toQuerySamples(result.samples) : [{ labels: {}, value: result.value }];
    };
    return { atMs, externalUrl, externalLabels, query };
  }
}

function groupKey(spec: { readonly file: string; readonly name: string }): string {
  return JSON.stringify([spec.file, spec.name]);
}
