import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendPoints } from '../overview/panel-source.ts';
import { type Delta, KeyedTopic, type TopicOptions } from './keyed-topic.ts';

function started(items: Record<string, number>, options: TopicOptions<number> = {}): KeyedTopic<number> {
  const topic = new KeyedTopic<number>(options);
  topic.start(items);
  return topic;
}

function apply(items: Map<string, number>, deltas: readonly Delta<number>[]): void {
  for (const { set, remove } of deltas) {
    for (const [key, item] of Object.entries(set)) {
      items.set(key, item);
    }
    for (const key of remove) {
      items.delete(key);
    }
  }
}

describe('KeyedTopic', () => {
  it('makes one delta of everything staged between two cuts', () => {
    const topic = started({ a: 1, b: 1 });
    topic.stage({ set: { a: 2, c: 1 } });
    topic.stage({ set: { a: 3 }, remove: ['b', 'c', 'unknown'] });
    topic.cut();
    expect(topic.since(0)).toEqual([{ seq: 1, set: { a: 3 }, remove: ['c', 'b'] }]);
    expect(topic.snapshot()).toEqual({ a: 3 });
  });

  it('does not count what changes nothing, and calls back once a cut', () => {
    let calls = 0;
    const topic = started({ a: 1 }, { onChange: () => (calls += 1) });
    topic.stage({ set: { a: 1 } });
    topic.cut();
    expect(topic.seq).toBe(0);
    topic.stage({ set: { a: 2 } });
    topic.stage({ set: { a: 3 } });
    expect(calls).toBe(2);
  });

  it.for([
    { from: 4, seqs: [], why: 'up to date' },
    { from: 2, seqs: [3, 4], why: 'two behind' },
    { from: 1, seqs: null, why: 'older than the ring' },
    { from: 5, seqs: null, why: 'a position that is not ours' },
    { from: -1, seqs: null, why: 'nonsense' },
  ])('$why', ({ from, seqs }) => {
    const topic = started({}, { maxDeltas: 2 });
    for (let n = 1; n <= 4; n += 1) {
      topic.stage({ set: { a: n } });
      topic.cut();
    }
    expect(topic.since(from)?.map((delta) => delta.seq) ?? null).toEqual(seqs);
  });

  it('is bounded in weight too', () => {
    const topic = started({}, { maxCells: 100 });
    for (let n = 1; n <= 50; n += 1) {
      topic.stage({ set: { a: n } });
      topic.cut();
    }
    expect(topic.since(39)).toBeNull();
    expect(topic.since(40)).toHaveLength(10);
  });

  it('appends points, and sends a series whole that was set in the same tick', () => {
    const extend = (
      series: { labels: object; points: [number, number][] },
      points: readonly (readonly [number, number | null])[],
    ) => ({
      ...series,
      points: [...series.points, ...points.map(([at, value]): [number, number] => [at, value ?? 0])],
    });
    const topic = new KeyedTopic<Parameters<typeof extend>[0]>({ extend });
    topic.start({ s: { labels: {}, points: [[1, 1]] } });
    topic.stage({ append: { s: [[2, 2]], unknown: [[2, 2]] } });
    topic.stage({ append: { s: [[3, 3]] } });
    topic.cut();
    expect(topic.since(0)).toEqual([
      {
        seq: 1,
        set: {},
        remove: [],
        append: {
          s: [
            [2, 2],
            [3, 3],
          ],
        },
      },
    ]);
    topic.stage({ set: { s: { labels: {}, points: [[9, 9]] } } });
    topic.stage({ append: { s: [[10, 10]] } });
    topic.cut();
    expect(topic.since(1)).toEqual([
      {
        seq: 2,
        set: {
          s: {
            labels: {},
            points: [
              [9, 9],
              [10, 10],
            ],
          },
        },
        remove: [],
      },
    ]);
  });

  it('a copy kept by deltas from any known position equals the topic', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.integer({ max: 3, min: 0 })),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const topic = started({ a: 0 });
        const copies = [{ seq: 0, items: new Map(Object.entries(topic.snapshot())) }];
        for (const { key, value, cut } of steps) {
          topic.stage(value === null ? { remove: [key] } : { set: { [key]: value } });
          if (cut) {
            topic.cut();
            copies.push({ seq: topic.seq, items: new Map(Object.entries(topic.snapshot())) });
          }
        }
        topic.cut();
        for (const { seq, items } of copies) {
          apply(items, topic.since(seq) ?? []);
          expect(Object.fromEntries(items)).toEqual(topic.snapshot());
        }
      }),
    );
  });
});

it.for([
  {
    added: [[40, 4]],
    points: [
      [20, 2],
      [30, 3],
      [40, 4],
    ],
    why: 'a new point, the oldest falls off',
  },
  {
    added: [[30, 9]],
    points: [
      [10, 1],
      [20, 2],
      [30, 9],
    ],
    why: 'a known time is replaced',
  },
  {
    added: [
      [20, 9],
      [40, 4],
    ],
    points: [
      [20, 9],
      [30, 3],
      [40, 4],
    ],
    why: 'a late point and a new one',
  },
  { added: [[90, 9]], points: [[90, 9]], why: 'after a long silence' },
] as const)('appendPoints: $why', ({ added, points }) => {
  const series = {
    labels: {},
    points: [
      [10, 1],
      [20, 2],
      [30, 3],
    ] as const,
  };
  expect(appendPoints(series, added, 20).points).toEqual(points);
});
