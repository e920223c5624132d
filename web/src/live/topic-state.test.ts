import { describe, expect, it } from 'vitest';
import { appendPoints, applyUpdate, type TopicState } from './topic-state.ts';

const base: TopicState = { epoch: 'e1', seq: 4, items: { a: { n: 1 }, b: { n: 2 } }, error: null, at: 100 };
const context = { epoch: 'e1', at: 200 };
const delta = { kind: 'delta', topic: 't', set: {}, remove: [] } as const;

describe('applyUpdate', () => {
  it.for([
    { state: null, update: { ...delta, seq: 5 }, context, outcome: 'gap', why: 'a delta on nothing is a gap' },
    { state: base, update: { ...delta, seq: 6 }, context, outcome: 'gap', why: 'a missing delta is a gap' },
    {
      state: base,
      update: { ...delta, seq: 5 },
      context: { epoch: 'e2', at: 1 },
      outcome: 'gap',
      why: 'a delta of another epoch is a gap',
    },
    { state: { ...base, seq: null }, update: { ...delta, seq: 5 }, context, outcome: 'gap', why: 'a seed has no position' },
    {
      state: base,
      update: { ...delta, seq: 5, append: { x: [[1, 1]] } },
      context,
      outcome: 'gap',
      why: 'points for an unknown series are a gap',
    },
    {
      state: base,
      update: { ...delta, seq: 5, splice: { x: { from: 1, points: [] } } },
      context,
      outcome: 'gap',
      why: 'columns of an unknown series are a gap',
    },
    { state: base, update: { ...delta, seq: 4 }, context, outcome: 'unchanged', why: 'a delta seen already changes nothing' },
    { state: base, update: { ...delta, seq: 5 }, context, outcome: 'changed', why: 'the next delta applies' },
    {
      state: null,
      update: { kind: 'snapshot', topic: 't', seq: 9, items: {} },
      context,
      outcome: 'changed',
      why: 'a snapshot always applies',
    },
  ] as const)('$why', ({ state, update, context: at, outcome }) => {
    expect(applyUpdate(state, update, at).outcome).toBe(outcome);
  });

  it('sets, removes and leaves the rest as it was', () => {
    const applied = applyUpdate(base, { ...delta, seq: 5, set: { c: { n: 3 } }, remove: ['a'] }, context);
    const state = applied.outcome === 'changed' ? applied.state : null;
    expect(state).toEqual({ epoch: 'e1', seq: 5, items: { b: { n: 2 }, c: { n: 3 } }, error: null, at: 200 });
    expect(state?.items.b).toBe(base.items.b);
  });

  it('replaces everything with a snapshot of a new epoch', () => {
    const applied = applyUpdate(base, { kind: 'snapshot', topic: 't', seq: 0, items: { z: 1 } }, { epoch: 'e2', at: 300 });
    expect(applied).toEqual({ outcome: 'changed', state: { epoch: 'e2', seq: 0, items: { z: 1 }, error: null, at: 300 } });
  });

  it('keeps the last items when the server cannot serve the topic', () => {
    const applied = applyUpdate(base, { kind: 'error', topic: 't', message: 'parse error' }, context);
    expect(applied).toMatchObject({ state: { error: 'parse error', items: base.items } });
  });

  it('replaces the newest columns of a panel with a width, and drops what is older than its range', () => {
    const points = [
      [0, 1],
      [10, 2],
      [20, null],
      [30, 3],
    ] as const;
    const items = { s: { labels: {}, points }, quiet: { labels: {}, points: points.slice(1) } };
    const update = { ...delta, seq: 5, splice: { s: { from: 30, points: [[35, 9]] } }, dropBefore: 5 } as const;
    const applied = applyUpdate({ ...base, items }, update, { ...context, rangeMs: 10 });
    expect(applied).toMatchObject({ state: { items: { s: { points: [points[1], points[2], [35, 9]] } } } });
    // Untouched series keep their identity, and with it their drawing.
    expect(applied).toHaveProperty('state.items.quiet', items.quiet);
  });

  it('appends points to a series', () => {
    const panel: TopicState = {
      ...base,
      items: {
        s: {
          labels: {},
          points: [
            [0, 1],
            [15, 2],
          ],
        },
      },
    };
    const applied = applyUpdate(panel, { ...delta, seq: 5, append: { s: [[30, 3]] } }, { ...context, rangeMs: 20 });
    expect(applied).toMatchObject({
      state: {
        items: {
          s: {
            points: [
              [15, 2],
              [30, 3],
            ],
          },
        },
      },
    });
  });
});

describe('appendPoints', () => {
  it.for([
    {
      added: [[20, 9]],
      points: [
        [0, 1],
        [10, 2],
        [20, 9],
      ],
      why: 'a new point goes to the end',
    },
    {
      added: [[10, 9]],
      points: [
        [0, 1],
        [10, 9],
      ],
      why: 'a point at a known time replaces it',
    },
    {
      added: [
        [30, 3],
        [40, 4],
      ],
      points: [
        [10, 2],
        [30, 3],
        [40, 4],
      ],
      why: 'old points fall off',
    },
    {
      added: [],
      points: [
        [0, 1],
        [10, 2],
      ],
      why: 'nothing changes nothing',
    },
  ] as const)('$why', ({ added, points }) => {
    expect(
      appendPoints(
        [
          [0, 1],
          [10, 2],
        ],
        added,
        30,
      ),
    ).toEqual(points);
  });
});
