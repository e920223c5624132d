import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { HeadChanges } from './head-changes.ts';
import { HotWriter } from './hot-writer.ts';
import { MemorySeries } from './memory-series.ts';
import { SeriesGroups } from './series-groups.ts';
import { StagedRows } from './staged-rows.ts';

const STEP = 15_000;
const TARGETS = 30;
const SERIES_PER_TARGET = 100;
const SLOTS = 40;

interface Row {
  readonly target: number;
  readonly line: number;
  readonly slot: number;
}

/** The requests of senders that send the same samples, all targets with a phase of their own. */
const SENDERS: Readonly<Record<string, () => Iterable<readonly Row[]>>> = {
  /** All samples of a series, then all of the next: whoever catches up. */
  *'series by series, 20 samples each'() {
    for (let slot = 0; slot < SLOTS; slot += 20) {
      for (let target = 0; target < TARGETS; target += 5) {
        yield grid([target, target + 5], [slot, slot + 20]);
      }
    }
  },
  /** 500 samples a request wherever targets begin and end. */
  *'Prometheus remote write'() {
    const all = Array.from({ length: SLOTS }, (_, slot) => grid([0, TARGETS], [slot, slot + 1])).flat();
    for (let from = 0; from < all.length; from += 500) {
      yield all.slice(from, from + 500);
    }
  },
  /** One request a slot, series sorted by name over all targets. */
  *federation() {
    for (let slot = 0; slot < SLOTS; slot += 1) {
      yield grid([0, TARGETS], [slot, slot + 1]).toSorted((a, b) => a.line - b.line);
    }
  },
};

function grid([fromTarget, toTarget]: readonly [number, number], [fromSlot, toSlot]: readonly [number, number]): readonly Row[] {
  const rows: Row[] = [];
  for (let target = fromTarget; target < toTarget; target += 1) {
    for (let line = 0; line < SERIES_PER_TARGET; line += 1) {
      for (let slot = fromSlot; slot < toSlot; slot += 1) {
        rows.push({ target, line, slot });
      }
    }
  }
  return rows;
}

describe('placing rows', () => {
  it.for(Object.keys(SENDERS))('%s: every series is in a group and none has rows of its own', (sender) => {
    const changes = new HeadChanges();
    const groups = new SeriesGroups(changes);
    const writer = new HotWriter({ groups, changes });
    const series = Array.from(
      { length: TARGETS * SERIES_PER_TARGET },
      (_, ref) => new MemorySeries({ ref, labels: Labels.from({ __name__: 'm', ref: String(ref) }), source: null }),
    );
    for (const request of SENDERS[sender]?.() ?? []) {
      const staged = new StagedRows();
      for (const { target, line, slot } of request) {
        const one = series[target * SERIES_PER_TARGET + line];
        if (one !== undefined) {
          staged.add(one, slot * STEP + target * 37, slot + line);
        }
      }
      staged.endRequest();
      writer.apply(staged);
    }
    expect(series.filter(({ group }) => group === null)).toHaveLength(0);
    expect(series.reduce((rows, { own }) => rows + (own?.length ?? 0), 0)).toBe(0);
    expect(series.every(({ length }) => length === SLOTS)).toBe(true);
    expect([...(series[101]?.window(0, Number.POSITIVE_INFINITY).values ?? [])]).toEqual(
      Array.from({ length: SLOTS }, (_, i) => i + 1),
    );
    expect(groups.count).toBeLessThanOrEqual(2 * TARGETS);
  });
});
