import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoEstate, NOON } from '../demo-estate.fake.ts';
import { renderExposition } from '../targets/exposition.ts';
import { parseScenario } from './scenario-file.ts';

describe('scenario runs', () => {
  it('survive a restart, so that every page reads the same afterwards', () => {
    const stateFile = join(mkdtempSync(join(tmpdir(), 'tila-runs-')), 'state', 'runs.json');
    const before = demoEstate(NOON, 'test', stateFile);
    before.runs.start('payments-bad-deploy');
    const after = demoEstate(NOON + 600_000, 'test', stateFile);
    const page = (estate: typeof before): string => {
      const target = estate.world.target('prod', 'payments-1');
      return target === undefined ? 'missing' : renderExposition(target, NOON + 600_000, 'text');
    };
    expect(page(after)).toBe(page(before));
    expect(page(after)).not.toBe(page(demoEstate(NOON + 600_000)));
  });

  it('refuse a second start, an unknown name, and a stop of what is idle', () => {
    const { runs, clock } = demoEstate();
    expect(runs.stop('redis-memory')).toBeUndefined();
    expect(runs.start('no-such-scenario')).toBeUndefined();
    expect(runs.start('redis-memory')).toBeDefined();
    expect(runs.start('redis-memory')).toBeUndefined();
    clock.advance(600_000);
    expect(runs.current('redis-memory')).toBeUndefined();
    expect(runs.start('redis-memory')).toBeDefined();
  });
});

const HEAD = 'name: x\ntitle: X\nsummary: X\nenvironment: prod\nphases:\n  - name: p\n    at: 0s\n';

describe('a scenario file', () => {
  it.for([
    { text: `${HEAD}    until: 0s\n    effects: [{ kind: prometheus-down }]`, problem: /at < until/, why: 'an empty phase' },
    {
      text: `${HEAD}    until: 90\n    effects: [{ kind: prometheus-down }]`,
      problem: /phases\[0\]\.until/,
      why: 'a number for a duration',
    },
    {
      text: `${HEAD}    until: 9s\n    effects: [{ kind: pool, service: payments }]`,
      problem: /effects\[0\]\.to/,
      why: 'a missing amount',
    },
    {
      text: `${HEAD}    until: 9s\n    effects: [{ kind: flood, service: a }]`,
      problem: /effects\[0\]\.kind/,
      why: 'an unknown effect',
    },
  ])('is refused with its place: $why', ({ text, problem }) => {
    expect(() => parseScenario('demo.scenario.yaml', text)).toThrow(problem);
    expect(() => parseScenario('demo.scenario.yaml', text)).toThrow(/^demo\.scenario\.yaml/);
  });
});
