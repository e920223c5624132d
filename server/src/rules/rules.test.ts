import { beforeEach, describe, expect, it } from 'vitest';
import { RuleBench } from './rule-bench.fake.ts';
import { RuleSlots } from './rule-slots.ts';

const FILE = 'a.rules.yaml';

function group(rules: string, extra = ''): { file: string; text: string } {
  return { file: FILE, text: `groups:\n- name: g\n  interval: 10s\n${extra}  rules:\n${rules}` };
}

const alert = (extra = ''): string => `  - {alert: Down, expr: up${extra}}\n`;
const OFFSET = new RuleSlots({ intervalMs: 10_000 }).offsetMs;
const slot = (k: number): number => k * 10_000 + OFFSET;

let bench: RuleBench;

async function start(file: { file: string; text: string }): Promise<void> {
  await bench.rules.load([file]);
  await bench.rules.start();
}

/** Evaluates slot k through the watermark of source `s`. */
async function reach(k: number): Promise<void> {
  await bench.clock.advance(Math.max(slot(k) - bench.clock.now(), 0));
  bench.clocks.set('s', slot(k));
  await bench.clock.advance(0);
}

beforeEach(() => {
  bench = new RuleBench();
  bench.evaluator.sources.set('up', new Set(['s']));
  bench.clocks.set('s', 0);
});

/** Relative to slot 1, in seconds: `0` is the first evaluation. */
const relative = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => text.replace(/@(\d+(?:\.\d+)?)/, (_, at: string) => `@${Math.round(Number(at) - slot(1) / 1000)}`));

interface Row {
  readonly why: string;
  readonly rule: string;
  /** Per slot: does the expression return the series. */
  readonly active: string;
  readonly changes: readonly string[];
}

describe('the state machine', () => {
  it.for<Row>([
    { why: 'for 0 fires at once', rule: '', active: '+-', changes: ['inactive→firing@0 Down', 'firing→resolved@10 Down'] },
    {
      why: 'for 20s: pending until 20 s have passed',
      rule: ', for: 20s',
      active: '+++-',
      changes: ['inactive→pending@0 Down', 'pending→firing@20 Down', 'firing→resolved@30 Down'],
    },
    {
      why: 'a pending alert that goes is dropped silently',
      rule: ', for: 1m',
      active: '+-',
      changes: ['inactive→pending@0 Down', 'pending→inactive@10 Down'],
    },
    {
      why: 'keep_firing_for holds, and a return clears the hold',
      rule: ', keep_firing_for: 20s',
      active: '+-+---',
      changes: [
        'inactive→firing@0 Down',
        'firing→firing@10 Down',
        'firing→firing@20 Down',
        'firing→firing@30 Down',
        'firing→resolved@50 Down',
      ],
    },
    {
      why: 'again after a resolve starts anew',
      rule: ', for: 10s',
      active: '+-++',
      changes: ['inactive→pending@0 Down', 'pending→inactive@10 Down', 'inactive→pending@20 Down', 'pending→firing@30 Down'],
    },
  ])('$why', async ({ rule, active, changes }) => {
    await start(group(alert(rule)));
    for (const [index, flag] of [...active].entries()) {
      bench.evaluator.answers.set('up', flag === '+' ? { '': 1 } : {});
      await reach(index + 1);
    }
    expect(relative(bench.takeChanges())).toEqual(changes);
  });

  it('expands labels and annotations, drops empty labels and survives a failing template', async () => {
    bench.evaluator.answers.set('up', { 'job=api,env=prod': 0.5 });
    const rule = `  - alert: Down
    expr: up
    labels: {severity: critical, env: "", what: "{{ $labels.job }}-{{ $labels.__name__ }}"}
    annotations: {summary: "{{ $labels.job }} at {{ $value | humanizePercentage }}", bad: "{{ first (query \\"none\\") }}"}
`;
    await start(group(rule));
    await reach(1);
    const [change] = bench.changes;
    expect(change?.alert.labels.toJSON()).toEqual({ alertname: 'Down', job: 'api', severity: 'critical', what: 'api-up' });
    expect(change?.alert.annotations).toEqual({
      summary: 'api at 50%',
      bad: expect.stringMatching(
        /^<error expanding template: template: bad:1:\d+: error calling first: first\(\) called on vector with no elements>$/,
      ),
    });
  });

  it('writes ALERTS and ALERTS_FOR_STATE at the query time and ends the pending series', async () => {
    bench.evaluator.answers.set('up', { '': 1 });
    await start(group(alert(', for: 10s'), '  query_offset: 1s\n'));
    await bench.clock.advance(30_000);
    bench.clocks.set('s', slot(1) - 1000);
    await bench.clock.advance(0);
    const at = slot(1) / 1000;
    expect(bench.takeWritten()).toEqual([
      `ALERTS{alertname="Down", alertstate="pending"} 1@${at - 1}`,
      `ALERTS_FOR_STATE{alertname="Down"} ${Math.floor(at)}@${at - 1}`,
    ]);
    bench.clocks.set('s', slot(2) - 1000);
    await bench.clock.advance(0);
    expect(bench.takeWritten()).toEqual([
      `ALERTS{alertname="Down", alertstate="firing"} 1@${at + 9}`,
      `ALERTS_FOR_STATE{alertname="Down"} ${Math.floor(at)}@${at + 9}`,
      `ALERTS{alertname="Down", alertstate="pending"} stale@${at + 9}`,
    ]);
  });

  it('limit: too many alerts is an error and drops them all without a resolve', async () => {
    bench.evaluator.answers.set('up', { 'a=1': 1 });
    await start(group(alert(), '  limit: 1\n'));
    await reach(1);
    bench.evaluator.answers.set('up', { 'a=1': 1, 'a=2': 1 });
    await reach(2);
    expect(relative(bench.takeChanges())).toEqual(['inactive→firing@0 Down{a="1"}', 'firing→inactive@10 Down{a="1"}']);
    expect(bench.rules.groups()[0]?.rules[0]).toMatchObject({ health: 'error', lastError: 'exceeded limit of 1 with 2 alerts' });
  });

  it.for([
    { why: 'an engine error', answer: new Error('boom'), message: 'boom' },
    {
      why: 'two samples with one label set',
      answer: { 'x=1': 1, 'x=2': 2 },
      message: 'vector contains metrics with the same labelset after applying alert labels',
    },
  ])('$why leaves the alerts as they are, with health error', async ({ answer, message }) => {
    bench.evaluator.answers.set('up', { 'x=1': 1 });
    await start(group('  - {alert: Down, expr: up, labels: {x: ""}}\n'));
    await reach(1);
    bench.takeChanges();
    bench.takeWritten();
    bench.evaluator.answers.set('up', answer);
    await reach(2);
    expect(relative(bench.takeChanges())).toEqual(['firing→firing@10 Down error']);
    expect(bench.takeWritten()).toEqual([]);
    expect(bench.rules.groups()[0]?.rules[0]).toMatchObject({ health: 'error', lastError: message, state: 'firing' });
  });

  it('no data is not ok', async () => {
    bench.evaluator.withoutSeries.add('up');
    await start(group(alert()));
    await reach(1);
    expect(bench.rules.groups()[0]?.rules[0]).toMatchObject({ health: 'no data', state: 'inactive' });
  });
});

describe('slots and watermarks', () => {
  it('evaluates the slot, not the time at which the data came, as soon as all sources have passed it', async () => {
    bench.evaluator.sources.set('up', new Set(['s', 'slow']));
    bench.clocks.set('slow', 0);
    await start(group(alert()));
    await reach(1);
    expect(bench.evaluator.calls).toEqual([]);
    await bench.clock.advance(3000);
    bench.clocks.set('slow', slot(1) + 1);
    expect(bench.evaluator.calls).toEqual([{ expr: 'up', atMs: slot(1) }]);
  });

  it('counts slots that were missed (0, 2 and 3) and takes the newest', async () => {
    await start(group(alert()));
    await reach(1);
    await reach(4);
    expect(bench.evaluator.calls.map((call) => call.atMs)).toEqual([slot(1), slot(4)]);
    expect(bench.rules.groups()[0]).toMatchObject({ lastSlotAt: slot(4), missedSlots: 3 });
  });

  it('never evaluates before the clock reaches the slot', async () => {
    await start(group(alert()));
    bench.clocks.set('s', 1_000_000);
    await bench.clock.advance(0);
    expect(bench.evaluator.calls).toEqual([]);
    await bench.clock.advance(slot(0) > 0 ? slot(0) : slot(1));
    expect(bench.evaluator.calls).toHaveLength(1);
  });

  it('a group without sources runs by the clock, a grace after the slot', async () => {
    bench.evaluator.sources.clear();
    await start(group(alert()));
    await bench.clock.advance(slot(1) + 499);
    const before = bench.evaluator.calls.length;
    await bench.clock.advance(1);
    expect(bench.evaluator.calls.length).toBe(before + 1);
    expect(bench.evaluator.calls.at(-1)?.atMs).toBe(slot(1));
  });

  it('an overrun skips to the latest slot', async () => {
    await start(group(alert()));
    const slow = Promise.withResolvers<void>();
    bench.evaluator.gate = slow.promise;
    await reach(1);
    await reach(2);
    await reach(3);
    slow.resolve();
    await bench.clock.advance(0);
    expect(bench.evaluator.calls.map((call) => call.atMs)).toEqual([slot(1), slot(3)]);
  });

  it('a rule that reads recorded series waits for the sources of the recording', async () => {
    bench.evaluator.sources.set('raw', new Set(['s']));
    bench.evaluator.answers.set('raw', { 'job=a': 5 });
    await start(group('  - {record: job:x, expr: raw, labels: {l: v}}\n  - {alert: High, expr: "job:x"}\n'));
    expect(bench.evaluator.calls).toEqual([]);
    await reach(1);
    expect(bench.evaluator.calls.map((call) => call.expr)).toEqual(['raw', 'job:x']);
    expect(bench.takeWritten()).toEqual([`job:x{job="a", l="v"} 5@${slot(1) / 1000}`]);
    bench.evaluator.answers.set('raw', {});
    await reach(2);
    expect(bench.takeWritten()).toEqual([`job:x{job="a", l="v"} stale@${slot(2) / 1000}`]);
  });
});

describe('a silent source', () => {
  it('resolves nothing, says so, keeps ALERTS, and other rules go on', async () => {
    bench.evaluator.sources.set('other', new Set(['t']));
    bench.clocks.set('t', 0);
    bench.evaluator.answers.set('up', { '': 1 });
    await start(group(`${alert()}  - {alert: Other, expr: other}\n`));
    bench.clocks.set('t', slot(9));
    await reach(1);
    bench.takeChanges();
    bench.takeWritten();
    bench.evaluator.answers.set('up', {});
    bench.evaluator.answers.set('other', { '': 1 });
    await bench.clock.advance(slot(3) - bench.clock.now());
    expect(bench.takeChanges()).toEqual([]);
    bench.clocks.set('s', slot(1), true);
    await bench.clock.advance(0);
    expect(relative(bench.takeChanges())).toEqual(['firing→firing@20 Down stale', 'inactive→firing@20 Other']);
    expect(bench.takeWritten()).toContain(`ALERTS{alertname="Down", alertstate="firing"} 1@${slot(3) / 1000}`);
    expect(bench.rules.groups()[0]?.rules.map(({ health, staleSources }) => [health, staleSources])).toEqual([
      ['stale', ['s']],
      ['ok', []],
    ]);
  });

  it('stays in the rule when its series vanish, and is evaluated at the newest slot when it returns', async () => {
    bench.evaluator.answers.set('up', { '': 1 });
    await start(group(alert()));
    await reach(1);
    bench.clocks.set('s', slot(1), true);
    bench.evaluator.sources.set('up', new Set());
    bench.evaluator.answers.set('up', {});
    await bench.clock.advance(60_000);
    expect(bench.takeChanges().filter((text) => text.includes('resolved'))).toEqual([]);
    bench.evaluator.answers.set('up', { '': 1 });
    bench.evaluator.sources.set('up', new Set(['s']));
    bench.takeChanges();
    await reach(9);
    expect(relative(bench.takeChanges())).toEqual(['firing→firing@80 Down']);
    expect(bench.rules.groups()[0]?.rules[0]).toMatchObject({ health: 'ok', staleSources: [] });
  });
});

describe('restart and reload', () => {
  it('a restart keeps pending and firing as they were, also for a short for', async () => {
    bench.evaluator.answers.set('up', { 'a=1': 1 });
    await start(group(alert(', for: 20s')));
    await reach(1);
    await bench.rules.stop();
    const again = new RuleBench(bench.store);
    again.evaluator.sources.set('up', new Set(['s']));
    again.evaluator.answers.set('up', { 'a=1': 1 });
    bench = again;
    await bench.clock.advance(slot(2));
    bench.clocks.set('s', slot(2));
    await bench.rules.load([group(alert(', for: 20s'))]);
    expect(bench.rules.activeAlerts()).toMatchObject([{ state: 'pending', activeAt: slot(1) }]);
    await bench.rules.start();
    await reach(3);
    expect(relative(bench.takeChanges())).toEqual(['pending→firing@20 Down{a="1"}']);
  });

  it.for([
    { why: 'another expression keeps the state', rule: '  - {alert: Down, expr: up2}\n', changes: [] },
    { why: 'other labels lose it', rule: '  - {alert: Down, expr: up, labels: {x: y}}\n', changes: ['firing→resolved Down'] },
    { why: 'a removed rule resolves', rule: '  - {alert: New, expr: nothing}\n', changes: ['firing→resolved Down'] },
  ])('$why', async ({ rule, changes }) => {
    bench.evaluator.answers.set('up', { '': 1 });
    await start(group(alert()));
    await reach(1);
    bench.takeChanges();
    bench.takeWritten();
    await bench.rules.load([group(rule)]);
    expect(bench.takeChanges().map((text) => text.replace(/@\S+/, ''))).toEqual(changes);
    expect(bench.takeWritten().length).toBe(changes.length * 2);
    expect(bench.rules.activeAlerts().length).toBe(1 - changes.length);
  });

  it('one bad file refuses the whole load and names every problem', async () => {
    await start(group(alert()));
    const bad = { file: 'bad.yaml', text: 'groups:\n- name: x\n  rules:\n  - alert: A\n    expr: "(("\n    fro: 5m\n' };
    await expect(bench.rules.load([group(''), bad])).rejects.toThrow(/bad\.yaml:6:10: groups\[0\]\.rules\[0\]\.fro: unknown key/);
    expect(bench.rules.groups()[0]?.rules).toHaveLength(1);
  });

  it('what could not be stored is stored and published with the next evaluation', async () => {
    bench.evaluator.answers.set('up', { '': 1 });
    await start(group(alert()));
    bench.store.failure = 'disk full';
    await reach(1);
    expect(bench.takeChanges()).toEqual([]);
    bench.store.failure = null;
    await reach(2);
    expect(relative(bench.takeChanges())).toEqual(['inactive→firing@0 Down']);
  });

  it('values are told at every slot, stored once a minute and with every turn', async () => {
    bench.evaluator.answers.set('up', (atMs) => ({ '': atMs }));
    await start(group(alert(', for: 30s')));
    const stored: (number | undefined)[] = [];
    for (let k = 1; k <= 8; k += 1) {
      await reach(k);
      stored.push([...bench.store.alerts.values()].flatMap((alerts) => [...alerts.values()])[0]?.value);
    }
    const slotsStored = stored.map((value) => ((value ?? Number.NaN) - OFFSET) / 10_000);
    expect(slotsStored).toEqual([1, 1, 1, 4, 4, 4, 7, 7]);
    expect(bench.takeChanges()).toHaveLength(8);
  });
});
