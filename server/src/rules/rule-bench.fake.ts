import type { SourceClock, SourceClocks } from '../ingest/sources.ts';
import { Labels } from '../model/labels.ts';
import { isStale } from '../model/sample.ts';
import type { AppendRequest, AppendResult } from '../model/series-store.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { FakeAlertStateStore } from './alert-state-store.fake.ts';
import type { RuleAlertChange } from './rule-alert.ts';
import type { InstantResult, RuleEvaluator } from './rule-evaluator.ts';
import { Rules } from './rules.ts';

export class FakeSourceClocks implements SourceClocks {
  readonly #clocks = new Map<string, SourceClock>();
  readonly #listeners = new Set<(clock: SourceClock) => void>();

  /** Moves a source's watermark, or turns it stale, and tells the listeners. */
  set(source: string, watermarkMs: number | null, isStaleNow = false): void {
    const clock = { source, watermarkMs, maxLagMs: 60_000, isStale: isStaleNow };
    this.#clocks.set(source, clock);
    for (const listener of this.#listeners) {
      listener(clock);
    }
  }

  get(source: string): SourceClock | undefined {
    return this.#clocks.get(source);
  }

  all(): readonly SourceClock[] {
    return [...this.#clocks.values()];
  }

  subscribe(listener: (clock: SourceClock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

type Answer = Readonly<Record<string, number>> | number | Error;

/** Expressions are metric names; what they give is set by the test: series text like `job=a,env=b` to value, a scalar, or an error. */
export class FakeRuleEvaluator implements RuleEvaluator {
  readonly answers = new Map<string, Answer | ((atMs: number) => Answer)>();
  readonly sources = new Map<string, ReadonlySet<string>>();
  readonly calls: { readonly expr: string; readonly atMs: number }[] = [];
  readonly withoutSeries = new Set<string>();
  /** Evaluations wait for this, to play slow ones. */
  gate: Promise<void> = Promise.resolve();

  check(expr: string): { readonly message: string } | null {
    return expr.includes('((') ? { message: '1:1: parse error: unclosed left parenthesis' } : null;
  }

  async evaluate(expr: string, atMs: number): Promise<InstantResult> {
    this.calls.push({ expr, atMs });
    await this.gate;
    const set = this.answers.get(expr) ?? {};
    const answer = typeof set === 'function' ? set(atMs) : set;
    if (answer instanceof Error) {
      throw answer;
    }
    if (typeof answer === 'number') {
      return { kind: 'scalar', value: answer };
    }
    const samples = Object.entries(answer).map(([text, value]) => ({ labels: labelsOf(expr, text), value }));
    return { kind: 'vector', samples };
  }

  async sourcesOf(expr: string): Promise<ReadonlySet<string>> {
    return this.sources.get(expr) ?? new Set();
  }

  async matchesSeries(expr: string): Promise<boolean> {
    return !this.withoutSeries.has(expr);
  }

  metricNamesOf(expr: string): ReadonlySet<string> | null {
    return new Set([expr]);
  }
}

function labelsOf(name: string, text: string): Labels {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('=') as [string, string]);
  return Labels.fromEntries([['__name__', name], ...pairs]);
}

/** A whole rules module on fakes. */
export class RuleBench {
  readonly clock = new ManualClock(0);
  readonly clocks = new FakeSourceClocks();
  readonly evaluator = new FakeRuleEvaluator();
  readonly store: FakeAlertStateStore;
  readonly changes: RuleAlertChange[] = [];
  readonly written: string[] = [];
  readonly rules: Rules;

  constructor(store = new FakeAlertStateStore()) {
    this.store = store;
    this.rules = new Rules({
      clock: this.clock,
      log: silentLogger,
      clocks: this.clocks,
      evaluator: this.evaluator,
      writer: { append: (request) => this.#append(request) },
      store: this.store,
      publish: async (changes) => {
        this.changes.push(...changes);
      },
      defaults: { intervalMs: 60_000, queryOffsetMs: 0 },
      externalUrl: 'http://tila',
      externalLabels: {},
    });
  }

  /** Changes since the last call, as `from→to@seconds name{labels}`. */
  takeChanges(): readonly string[] {
    return this.changes.splice(0).map(({ alert, from, to, at }) => {
      const labels = alert.labels.without(['alertname']);
      const health = alert.health === 'ok' ? '' : ` ${alert.health}`;
      return `${from}→${to}@${at / 1000} ${alert.labels.get('alertname')}${labels.size === 0 ? '' : labels}${health}`;
    });
  }

  /** What was written since the last call, as `series value@seconds`; a staleness marker is `stale`. */
  takeWritten(): readonly string[] {
    return this.written.splice(0);
  }

  async #append({ rows }: AppendRequest): Promise<AppendResult> {
    for (const [index, labels] of rows.labels.entries()) {
      const value = rows.values[index] ?? Number.NaN;
      this.written.push(`${labels} ${isStale(value) ? 'stale' : value}@${(rows.timestamps[index] ?? 0) / 1000}`);
    }
    return { accepted: rows.labels.length, duplicate: 0, tooOld: 0 };
  }
}
