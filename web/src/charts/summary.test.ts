import { expect, it } from 'vitest';
import { summarize } from './summary.ts';

it.for([
  {
    series: [
      {
        key: 'a',
        name: 'p95',
        points: [
          [0, 0.18],
          [1, 2.4],
          [2, null],
        ],
      },
    ],
    text: 'Latency: p95 is 2.4 s, between 180 ms and 2.4 s.',
    why: 'says the last value and the range',
  },
  { series: [], text: 'Latency: no data in this range.', why: 'says that there is nothing' },
  {
    series: ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, name: key, points: [[0, 1] as const] })),
    text: 'Latency: a is 1 s, between 1 s and 1 s; b is 1 s, between 1 s and 1 s; c is 1 s, between 1 s and 1 s; and 2 more series.',
    why: 'names three series at most',
  },
] as const)('$why', ({ series, text }) => {
  expect(summarize('Latency', series, 'seconds')).toBe(text);
});
