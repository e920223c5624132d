import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { RuleGroupView } from '@tila/contract/rules.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { SqlAlertHistoryStore } from '../alerts/alert-history-store.ts';
import { Alerts } from '../alerts/alerts.ts';
import { Labels } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { SeriesReader, SeriesWriter } from '../model/series-store.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { SqlAlertStateStore } from '../rules/alert-state-store.ts';
import { PromqlRuleEvaluator } from '../rules/promql-rule-evaluator.ts';
import { FakeSourceClocks } from '../rules/rule-bench.fake.ts';
import { toRuleGroupView } from '../rules/rule-group-view.ts';
import { Rules } from '../rules/rules.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { SqlIncidentStore } from './incident-store.ts';
import { Incidents } from './incidents.ts';
import { PromqlEvidence } from './promql-evidence.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const T0 = Date.UTC(2026, 0, 2, 3, 0, 0);

/** The smallest store that can be read and written. */
class SmallStore implements SeriesReader, SeriesWriter {
  readonly #series = new Map<string, { labels: Labels; source: string | null; timestamps: number[]; values: number[] }>();

  async append({ source, rows }: Parameters<SeriesWriter['append']>[0]) {
    for (const [index, labels] of rows.labels.entries()) {
      const series = this.#series.get(labels.key) ?? { labels, source, timestamps: [], values: [] };
      this.#series.set(labels.key, series);
      series.timestamps.push(rows.timestamps[index] ?? 0);
      series.values.push(rows.values[index] ?? 0);
    }
    return { accepted: rows.labels.length, duplicate: 0, tooOld: 0 };
  }

  async watermark(): Promise<null> {
    return null;
  }

  async select({ matchers, fromMs, toMs }: Parameters<SeriesReader['select']>[0]) {
    return this.#matching(matchers).flatMap(({ labels, timestamps, values }) => {
      const inside = timestamps.flatMap((at, index) => (at >= fromMs && at <= toMs ? [index] : []));
      const pick = (column: readonly number[]): Float64Array => Float64Array.from(inside, (index) => column[index] ?? 0);
      return inside.length === 0 ? [] : [{ labels, timestamps: pick(timestamps), values: pick(values) }];
    });
  }

  async series(selection: Parameters<SeriesReader['series']>[0]): Promise<readonly Labels[]> {
    return (await this.select(selection)).map(({ labels }) => labels);
  }

  async sources(matchers: Parameters<SeriesReader['sources']>[0]): Promise<ReadonlySet<string>> {
    return new Set(this.#matching(matchers).flatMap(({ source }) => source ?? []));
  }

  async labelNames(): Promise<readonly string[]> {
    return [];
  }

  async labelValues(): Promise<readonly string[]> {
    return [];
  }

  async metadata() {
    return new Map();
  }

  #matching(matchers: Parameters<SeriesReader['sources']>[0]) {
    return [...this.#series.values()].filter(({ labels }) => matchesAll(matchers, labels));
  }
}

class Spine {
  readonly clock: ManualClock;
  readonly clocks: FakeSourceClocks;
  readonly store: SmallStore;
  readonly rules: Rules;
  readonly alerts: Alerts;
  readonly incidents: Incidents;

  /** `before`: the process that ended; its clock, sources and series go on. */
  constructor(state: StateDatabase, before?: Spine) {
    this.clock = before?.clock ?? new ManualClock(T0);
    this.clocks = before?.clocks ?? new FakeSourceClocks();
    this.store = before?.store ?? new SmallStore();
    const { clock, clocks, store } = this;
    const engine = new PromqlEngine({ reader: store });
    const log = silentLogger;
    this.alerts = new Alerts({ clock, log, history: new SqlAlertHistoryStore(state) });
    this.rules = new Rules({
      clock,
      log,
      clocks,
      evaluator: new PromqlRuleEvaluator({ engine, reader: store }),
      writer: store,
      store: new SqlAlertStateStore(state),
      publish: (changes) => this.alerts.apply(changes),
      defaults: { intervalMs: 60_000, queryOffsetMs: 0 },
      externalUrl: 'https://tila.example',
      externalLabels: {},
    });
    this.incidents = new Incidents({
      clock,
      log,
      store: new SqlIncidentStore(state),
      evidence: new PromqlEvidence(engine),
      alerts: this.alerts,
    });
  }

  async start(): Promise<void> {
    const file = 'alert-rules/datastores/pools.rules.yaml';
    await this.rules.load([{ file, text: readFileSync(`${ROOT}${file}`, 'utf8') }]);
    await this.alerts.restore(this.rules.activeAlerts());
    await this.incidents.start();
    await this.rules.start();
  }

  async stop(): Promise<void> {
    await this.rules.stop();
    await this.incidents.stop();
    this.alerts.stop();
  }

  /** A scrape every 5 s for a while, pool use as given. */
  async scrape(seconds: number, inUse: number): Promise<void> {
    const place = { environment: 'prod', cluster: 'loans', service: 'payments', instance: 'a' };
    const labels = ['db_pool_connections_in_use', 'db_pool_connections_max'].map((name) =>
      Labels.from({ __name__: name, ...place }),
    );
    for (let second = 0; second < seconds; second += 5) {
      await this.clock.advance(5000);
      const at = this.clock.now();
      await this.store.append({ source: 'prom', rows: { labels, timestamps: [at, at], values: [inUse, 50] } });
      this.clocks.set('prom', at);
      await this.clock.advance(0);
    }
    await this.incidents.settled();
  }
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('from samples to an incident, over the shipped rules, the engine and SQLite', () => {
  it('an exhausted pool fires within about a minute, survives a restart while pending, and resolves', async () => {
    const folder = mkdtempSync(`${tmpdir()}/tila-incidents-`);
    folders.push(folder);
    const state = openStateStore(`${folder}/state.db`);
    let spine = new Spine(state);
    await spine.start();
    await spine.scrape(60, 10);
    expect(spine.alerts.current()).toEqual([]);
    const brokenAt = spine.clock.now();
    await spine.scrape(20, 50);
    expect(spine.alerts.current()).toMatchObject([{ state: 'pending' }]);
    await spine.stop();
    spine = new Spine(state, spine);
    await spine.start();
    expect(spine.alerts.current()).toMatchObject([{ state: 'pending' }]);
    await spine.scrape(40, 50);
    const [incident] = spine.incidents.list();
    expect(incident).toMatchObject({
      number: 1,
      state: 'open',
      severity: 'critical',
      title: 'DatabaseConnectionsExhausted in prod/payments',
    });
    expect((incident?.openedAt ?? 0) - brokenAt).toBeLessThanOrEqual(60_000);
    await spine.scrape(30, 10);
    expect(spine.incidents.list()).toMatchObject([{ state: 'resolved' }]);
    const text = await spine.incidents.exportMarkdown(incident?.id ?? '');
    expect(text).toContain('payments in prod has used 100% of its database pool');
    expect(text).toMatch(/`sum by .*db_pool_connections_max\)`, .*\n\n.*\n.*\n\| `cluster=loans, .*█/);
    expect(RuleGroupView.array().parse(spine.rules.groups().map(toRuleGroupView))).toHaveLength(1);
    await spine.stop();
    await state.destroy();
  });

  it('the first evaluation begins in the turn in which the watermark moves', async () => {
    const state = openStateStore(':memory:');
    const spine = new Spine(state);
    await spine.start();
    await spine.scrape(60, 50);
    await spine.clock.advance(14_000);
    const selects: number[] = [];
    const select = spine.store.select.bind(spine.store);
    spine.store.select = (selection) => {
      selects.push(selection.toMs);
      return select(selection);
    };
    spine.clocks.set('prom', spine.clock.now());
    expect(selects.length).toBeGreaterThan(0);
    await spine.stop();
    await state.destroy();
  });
});
