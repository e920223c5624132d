import { topicKey as contractKey, type Topic } from '@tila/contract/feed.ts';
import { expect, it } from 'vitest';
import { topicKey } from './topic-key.ts';

it.for<Topic>([
  { kind: 'overview' },
  { kind: 'incident', id: '01H' },
  { stepMs: 15_000, rangeMs: 3_600_000, expr: 'up{job="a"}', kind: 'panel' },
  { pixels: 480, stepMs: 15_000, rangeMs: 3_600_000, expr: 'up', kind: 'panel' },
])('the key of $kind is the contract’s', (topic) => {
  expect(topicKey(topic)).toBe(contractKey(topic));
});
