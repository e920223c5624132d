import { expect, it } from 'vitest';
import { ValuesView } from '../../model/values-view.ts';
import { AnswerTimes } from './answer-times.ts';
import { BandReader } from './band-reader.ts';
import { BandSamples, MatrixSamples } from './band-rows.ts';
import { Block, encodeBlock } from './block-codec.ts';
import type { Column } from './column.ts';

const column = (from: number, to: number, pointAt: (time: number) => number): Column => {
  const timestamps = Float64Array.from({ length: to - from }, (_, i) => from + i);
  return { timestamps, values: timestamps.map(pointAt) };
};
const blocks = {
  isTouched: () => false,
  withoutDeleted: (whole: Column) => whole,
  reportDamage: (_: number, err: unknown) => {
    throw err;
  },
};

it.for([
  { pointAt: (time: number) => time * 3, why: 'whole numbers' },
  { pointAt: (time: number) => (time * 7) % 5, why: 'steps up and down' },
  { pointAt: (time: number) => ((time * 37) % 900) / 100, why: 'decimals' },
  { pointAt: (time: number) => Math.sin(time), why: 'full precision' },
  { pointAt: () => 4, why: 'a constant' },
])('samples of two blocks and memory are the same as an array and in a view: $why', ({ pointAt }) => {
  const window = { fromMs: 13, toMs: 77 };
  const hot = column(60, 90, pointAt);
  const inMatrix = new MatrixSamples(hot.timestamps.subarray(0, 18), Float64Array.of(1, 2, ...hot.values), 2);
  const reader = new BandReader({ blocks, times: new AnswerTimes(window) }, [{ ref: 5, hot: [inMatrix] }]);
  for (const [id, rows] of [column(0, 30, pointAt), column(30, 60, pointAt)].entries()) {
    reader.add(
      id,
      new Block(
        encodeBlock([
          { ref: 4, column: rows },
          { ref: 5, column: rows },
        ]),
      ),
    );
  }
  const found: (Column | undefined)[] = [];
  for (const _ of reader.finish(found)) {
    // Nothing paces this.
  }
  const [samples] = found;
  const expected = [...column(13, 78, pointAt).values];
  expect([...(samples?.timestamps ?? [])]).toEqual([...column(13, 78, pointAt).timestamps]);
  expect([...(samples?.values ?? [])]).toEqual(expected);
  const view = new ValuesView();
  expect(samples).toBeInstanceOf(BandSamples);
  (samples as BandSamples).locate(view);
  expect([...view.values.subarray(view.at, view.at + expected.length)]).toEqual(expected);
});
