import type { SourceClock, SourceClocks } from '../ingest/sources.ts';
import type { SeriesWriter } from '../model/series-store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { AlertStateStore, StoredRuleState } from './alert-state-store.ts';
import { type AlertingOutcome, AlertingRule, LIMIT_EXCEEDED } from './alerting-rule.ts';
import type { EvaluationCpu } from './evaluation-cpu.ts';
import type { EvaluationTurns } from './evaluation-turns.ts';
import { RecordingRule } from './recording-rule.ts';
import { type EvaluationTime, RuleEvaluationError, type RuleSnapshot, ruleKey } from './rule.ts';
import type { RuleDependencies } from './rule-dependencies.ts';
import type { RuleEvaluator } from './rule-evaluator.ts';
import type { RuleGroupSpec, RuleSpec } from './rule-file.ts';
import { type PublishChanges, RuleOutcomes } from './rule-outcomes.ts';
import type { SeriesPoint } from './rule-series.ts';
import { RuleSlots, readySlot, SOURCELESS_GRACE_MS } from './rule-slots.ts';
import { RuleSources } from './rule-sources.ts';
import type { TemplateContext } from './rule-templates.ts';
import { type SlotFigures, SlotTally } from './slot-tally.ts';
import { UnwrittenPoints } from './unwritten-points.ts';

export interface RuleGroupDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly clocks: SourceClocks;
  readonly evaluator: RuleEvaluator;
  readonly writer: Pick<SeriesWriter, 'append'>;
  readonly store: AlertStateStore;
  readonly publish: PublishChanges;
  readonly context: (atMs: number) => TemplateContext;
  readonly cpu: EvaluationCpu;
  readonly turns: EvaluationTurns;
}

export interface RuleGroupSnapshot {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly rules: readonly RuleSnapshot[];
  readonly lastSlotAt: number | null;
  readonly missedSlots: number;
  readonly evaluation: SlotFigures;
}

type Rule = AlertingRule | RecordingRule;

/** What a rule wants written. */
type Made = readonly SeriesPoint[] | Promise<readonly SeriesPoint[]>;

interface Member {
  readonly id: string;
  readonly rule: Rule;
  readonly sources: RuleSources;
}

/** One rule group on its own slots. It runs a slot in the very turn in which the last watermark it waits for passes it. */
export class RuleGroup {
  readonly spec: RuleGroupSpec;
  readonly #deps: RuleGroupDeps;
  readonly #members: readonly Member[];
  readonly #slots: RuleSlots;
  readonly #outcomes: RuleOutcomes;
  #dependencies: RuleDependencies;
  #lastSlot: number | null = null;
  #evaluatedSlot: number | null = null;
  readonly #tally: SlotTally;
  /** The sources of all rules. */
  #sourceNames: ReadonlySet<string> = new Set();
  #running: Promise<void> | null = null;
  #isStopped = true;
  #cancelTimer: () => void = () => {};
  #unsubscribe: () => void = () => {};
  #observedAt: number;

  constructor(spec: RuleGroupSpec, dependencies: RuleDependencies, deps: RuleGroupDeps & { readonly stored: StoredRuleState }) {
    this.spec = spec;
    this.#deps = deps;
    this.#dependencies = dependencies;
    this.#slots = new RuleSlots(spec);
    this.#tally = new SlotTally(spec.intervalMs);
    this.#outcomes = new RuleOutcomes(deps);
    this.#observedAt = deps.clock.now();
    this.#members = ruleIds(spec).map(({ id, rule }) => this.#member(id, rule, deps.stored));
  }

  /** Begins with the first slot after what the sources have reached (or after now, without sources). */
  async start(): Promise<void> {
    await this.#refreshSources();
    this.#lastSlot = this.#evaluatedSlot ?? this.#newestSlot();
    this.#isStopped = false;
    this.#unsubscribe = this.#deps.clocks.subscribe((clock) => this.#hear(clock));
    this.#wake();
  }

  /** Resolves when a running evaluation has ended; nothing runs after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#unsubscribe();
    await this.#running;
  }

  /** Takes over the state of rules with the same name and labels from the group this one replaces. */
  adopt(previous: RuleGroup): void {
    const old = new Map(previous.#members.map((member) => [member.id, member.rule]));
    for (const { id, rule } of this.#members) {
      const before = old.get(id);
      if (before === undefined) {
        continue;
      }
      rule.series.adopt(before.series);
      if (rule instanceof AlertingRule && before instanceof AlertingRule) {
        rule.restore(before.active);
      }
    }
    this.#tally.adopt(previous.#tally);
  }

  /** Ends the rules that `successor` does not continue: resolves what fired and marks their series stale. */
  async retire(successor: RuleGroup | undefined): Promise<void> {
    const kept = new Set(successor === undefined ? [] : successor.#members.map((member) => member.id));
    const time = this.#time(this.#deps.clock.now());
    const points: SeriesPoint[] = [];
    for (const { id, rule } of this.#members.filter((member) => !kept.has(member.id))) {
      if (rule instanceof AlertingRule) {
        points.push(...this.#take(id, rule.retire(time)));
      } else {
        points.push(...rule.series.next(time.queryAt, []));
      }
    }
    await this.#outcomes.settle();
    await this.#deps.cpu.during(() => this.#write(points));
  }

  /** New dependencies after a reload that left this group as it was. */
  depend(dependencies: RuleDependencies): void {
    this.#dependencies = dependencies;
  }

  /** Evaluates every rule once at a time of the caller's choosing, aside from the group's slots: for tests of rules. */
  async evaluateAt(atMs: number): Promise<void> {
    await this.#deps.cpu.during(() => this.#evaluateAll(this.#time(atMs)));
  }

  snapshot(): RuleGroupSnapshot {
    const { file, name, intervalMs } = this.spec;
    const rules = this.#members.map(({ rule }) => rule.snapshot());
    const evaluation = this.#tally.figures;
    const { missedSlots } = evaluation;
    return { file, name, intervalMs, rules, lastSlotAt: this.#evaluatedSlot, missedSlots, evaluation };
  }

  #member(id: string, spec: RuleSpec, stored: StoredRuleState): Member {
    const sources = new RuleSources(id, stored.sources.get(id) ?? new Set(), this.#deps);
    if (spec.kind === 'recording') {
      return { id, sources, rule: new RecordingRule(spec, this.spec, this.#deps) };
    }
    const rule = new AlertingRule(spec, this.spec, this.#deps);
    rule.restore(stored.alerts.get(id) ?? []);
    return { id, sources, rule };
  }

  #newestSlot(): number {
    const sources = [
      ...new Map(this.#members.flatMap(({ sources }) => sources.waiting.map((clock) => [clock.source, clock]))).values(),
    ];
    return readySlot(this.#slots, this.#deps.clock.now(), { sources, queryOffsetMs: this.spec.queryOffsetMs });
  }

  /** A source that has not reached the next slot cannot make it ready. */
  #hear({ source, watermarkMs, isStale }: SourceClock): void {
    if (!this.#sourceNames.has(source)) {
      return;
    }
    this.#observedAt = this.#deps.clock.now();
    const nextSlot = (this.#lastSlot ?? Number.NEGATIVE_INFINITY) + this.spec.intervalMs;
    if (isStale || watermarkMs === null || watermarkMs + this.spec.queryOffsetMs >= nextSlot) {
      this.#wake();
    }
  }

  #wake(): void {
    if (this.#isStopped || this.#running !== null) {
      return;
    }
    const slot = this.#newestSlot();
    if (slot > (this.#lastSlot ?? Number.NEGATIVE_INFINITY)) {
      this.#running = this.#deps.cpu
        .during(() => this.#run(slot))
        .finally(() => {
          this.#running = null;
          this.#wake();
        });
      return;
    }
    this.#armTimer();
  }

  /** Watermarks wake the group by themselves; the timer is for groups without sources and for watermarks ahead of the clock. */
  #armTimer(): void {
    this.#cancelTimer();
    const now = this.#deps.clock.now();
    const isSourceless = this.#members.every(({ sources }) => sources.waiting.length === 0);
    const dueAt = this.#slots.floor(now - (isSourceless ? SOURCELESS_GRACE_MS : 0)) + this.spec.intervalMs;
    const graceMs = isSourceless ? SOURCELESS_GRACE_MS : 0;
    this.#cancelTimer = this.#deps.clock.after(Math.max(dueAt + graceMs - now, 1), () => this.#wake());
  }

  async #run(slot: number): Promise<void> {
    const startedAt = this.#deps.clock.now();
    this.#tally.begin(slot, { previous: this.#lastSlot, now: startedAt });
    this.#lastSlot = slot;
    try {
      await this.#evaluateAll(this.#time(slot));
      this.#tally.end(this.#deps.clock.now() - startedAt);
      this.#evaluatedSlot = slot;
      await this.#refreshSources();
    } catch (err) {
      this.#deps.log.error({ err, file: this.spec.file, ruleGroup: this.spec.name }, 'rule group evaluation failed');
    }
  }

  #time(at: number): EvaluationTime {
    return { at, queryAt: at - this.spec.queryOffsetMs, observedAt: this.#observedAt };
  }

  /** Rules in order; what earlier rules wrote is stored before a rule that may read it. The event loop turns in long evaluations. */
  async #evaluateAll(time: EvaluationTime): Promise<void> {
    const { cpu, evaluator, turns } = this.#deps;
    const unwritten = new UnwrittenPoints();
    for (const member of this.#members) {
      if (turns.isOver) {
        await cpu.waitFor(turns.next());
      }
      if (unwritten.mayBeReadBy(evaluator.metricNamesOf(member.rule.spec.expr))) {
        await this.#write(unwritten.take());
      }
      const points = this.#evaluateOne(member, time);
      unwritten.add(points instanceof Promise ? await points : points);
    }
    await cpu.waitFor(this.#outcomes.settle());
    await this.#write(unwritten.take());
  }

  #evaluateOne({ id, rule, sources }: Member, time: EvaluationTime): Made {
    const startedAt = this.#deps.clock.now();
    const staleSources = sources.stale;
    rule.status.staleSources = staleSources;
    if (staleSources.length > 0) {
      rule.status.health = 'stale';
      return rule instanceof AlertingRule ? this.#take(id, rule.markUndecided('stale', time)) : [];
    }
    const points = this.#decide(id, rule, time);
    const end = <P>(made: P): P => {
      rule.status.lastEvaluationAt = time.at;
      rule.status.evaluationMs = this.#deps.clock.now() - startedAt;
      return made;
    };
    return points instanceof Promise ? points.then(end) : end(points);
  }

  #decide(id: string, rule: Rule, time: EvaluationTime): Made {
    try {
      const outcome = rule.evaluate(time);
      return outcome instanceof Promise
        ? outcome.then(
            (later) => this.#accept(id, rule, later),
            (error: unknown) => this.#fail(id, { rule, error }, time),
          )
        : this.#accept(id, rule, outcome);
    } catch (error) {
      return this.#fail(id, { rule, error }, time);
    }
  }

  #accept(id: string, rule: Rule, outcome: AlertingOutcome | readonly SeriesPoint[]): readonly SeriesPoint[] {
    rule.status.lastError = null;
    return isPoints(outcome) ? outcome : this.#take(id, outcome);
  }

  #fail(id: string, { rule, error }: { rule: Rule; error: unknown }, time: EvaluationTime): readonly SeriesPoint[] {
    rule.status.health = 'error';
    rule.status.lastError = error instanceof Error ? error.message : String(error);
    this.#deps.log.warn({ err: error, ruleGroup: this.spec.name, rule: rule.spec.name }, 'rule failed to evaluate');
    if (!(rule instanceof AlertingRule)) {
      return [];
    }
    const isOverLimit = error instanceof RuleEvaluationError && error.cause === LIMIT_EXCEEDED;
    return this.#take(id, isOverLimit ? rule.wipe(time) : rule.markUndecided('error', time));
  }

  #take(id: string, outcome: AlertingOutcome): readonly SeriesPoint[] {
    this.#outcomes.add(id, outcome);
    return outcome.points;
  }

  async #write(points: readonly SeriesPoint[]): Promise<void> {
    if (points.length === 0) {
      return;
    }
    const rows = {
      labels: points.map((point) => point.labels),
      timestamps: points.map((point) => point.timestampMs),
      values: points.map((point) => point.value),
    };
    const written = this.#deps.writer.append({ source: null, rows });
    const result = await this.#deps.cpu.waitFor(written);
    if (result.duplicate > 0 || result.tooOld > 0) {
      this.#deps.log.warn({ ruleGroup: this.spec.name, ...result }, 'the store refused samples of a rule group');
    }
  }

  async #refreshSources(): Promise<void> {
    for (const { rule, sources } of this.#members) {
      await sources.refresh(rule.spec.expr, this.#dependencies);
    }
    this.#sourceNames = new Set(this.#members.flatMap(({ sources }) => [...sources.all]));
  }
}

function isPoints(outcome: AlertingOutcome | readonly SeriesPoint[]): outcome is readonly SeriesPoint[] {
  return Array.isArray(outcome);
}

/** Ids of a group's rules over restarts and reloads; equal rules (same name and labels) are told apart by their order. */
export function ruleIds(spec: RuleGroupSpec): readonly { readonly id: string; readonly rule: RuleSpec }[] {
  const seen = new Map<string, number>();
  return spec.rules.map((rule) => {
    const key = JSON.stringify([spec.file, spec.name, ruleKey(rule)]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return { id: `${key}#${count}`, rule };
  });
}
