import { describe, expect, it } from 'vitest';
import { AnswerTimes } from './answer-times.ts';

const times = (...at: readonly number[]) => Float64Array.from(at);

describe('AnswerTimes', () => {
  it.for([
    { fromMs: 2, toMs: 3, from: 1, to: 3, why: 'both ends count' },
    { fromMs: 0, toMs: 9, from: 0, to: 4, why: 'everything' },
    { fromMs: 5, toMs: 9, from: 4, to: 4, why: 'nothing' },
    { fromMs: 1.5, toMs: 3.9, from: 1, to: 3, why: 'ends between milliseconds' },
  ])('cuts: $why', ({ fromMs, toMs, from, to }) => {
    const column = times(1, 2, 3, 4);
    const clip = new AnswerTimes({ fromMs, toMs }).clip(column);
    expect(clip).toEqual({ from, to, timestamps: column.subarray(from, to) });
  });

  it('makes one object of equal times in the window, whatever lies outside', () => {
    const answer = new AnswerTimes({ fromMs: 2, toMs: 3 });
    const first = answer.clip(times(1, 2, 3)).timestamps;
    expect(answer.clip(times(2, 3, 4)).timestamps).toBe(first);
    expect(answer.shared(times(2, 3))).toBe(first);
    expect(answer.shared(times(2, 2.5, 3))).not.toBe(first);
  });

  it('joins columns that follow each other to the same object for all series', () => {
    const { start } = new AnswerTimes({ fromMs: 0, toMs: 9 });
    const [a, b, c] = [times(1, 2), times(3), times(4, 5)];
    const stretch = start.followedBy(a)?.followedBy(b)?.followedBy(c);
    expect(stretch?.length).toBe(5);
    expect(stretch?.timestamps).toEqual(times(1, 2, 3, 4, 5));
    expect(start.followedBy(b)?.followedBy(c)?.timestamps).toEqual(times(3, 4, 5));
    expect(start.followedBy(a)?.followedBy(b)?.followedBy(c)?.timestamps).toBe(stretch?.timestamps);
  });

  it.for([
    { next: times(2, 3), why: 'a time is in both' },
    { next: times(0), why: 'the second is older' },
  ])('does not join where $why', ({ next }) => {
    const { start } = new AnswerTimes({ fromMs: 0, toMs: 9 });
    const stretch = start.followedBy(times(1, 2));
    expect([stretch?.followedBy(next), stretch?.followedBy(next)]).toEqual([undefined, undefined]);
    expect(stretch?.followedBy(times(3))?.length).toBe(3);
  });
});
