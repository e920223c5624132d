import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { Matcher } from '../../model/matcher.ts';
import { ResolvedColumns } from './resolved-columns.ts';
import { START_MS, TsdbFixture } from './tsdb.fixture.ts';

const labelsOf = (name: string): Labels => Labels.from({ __name__: 'm', name });
/** Long enough to be followed. */
const PAGE: readonly Labels[] = Array.from({ length: 1_200 }, (_, i) => labelsOf(`series-${i}`));

it.for([
  { why: 'a row became another', column: PAGE.with(500, labelsOf('new')) },
  { why: 'a row came', column: PAGE.toSpliced(500, 0, labelsOf('new')) },
  { why: 'a row went', column: PAGE.toSpliced(500, 1) },
  { why: 'all but the first are in another order', column: [...PAGE.slice(0, 1), ...PAGE.slice(1).reverse()] },
  { why: 'the last rows went', column: PAGE.slice(0, 1_100) },
])('every row of a column that changed goes to its series: $why', async ({ column }) => {
  await using fixture = new TsdbFixture();
  const store = await fixture.open();
  for (const [slot, labels] of [PAGE, column, PAGE].entries()) {
    const timestamps = labels.map(() => START_MS + slot);
    await store.append({ source: 's', rows: { labels, timestamps, values: labels.map(({ hash }) => hash + slot) } });
  }
  const found = await store.select({ matchers: [new Matcher('__name__', '=', 'm')], fromMs: START_MS, toMs: START_MS + 2 });
  for (const { labels, timestamps, values } of found) {
    const slots = Array.from(timestamps, (timestampMs) => timestampMs - START_MS);
    const expected = [PAGE, column, PAGE].flatMap((each, slot) => (each.some((one) => one.equals(labels)) ? [slot] : []));
    expect(slots).toEqual(expected);
    expect(Array.from(values)).toEqual(expected.map((slot) => labels.hash + slot));
  }
  expect(found.length).toBe(new Set([...PAGE, ...column].map(({ hash }) => hash)).size);
});

it('keeps no more rows than are worth it of senders whose columns never begin alike', () => {
  const columns = new ResolvedColumns();
  const firsts = Array.from({ length: 1_000 }, (_, i) => PAGE.slice(0, 1_000).with(0, labelsOf(`first-${i}`)));
  for (const labels of firsts) {
    columns.keep({ labels, series: [], source: null, removals: 0 });
  }
  expect(firsts.filter((labels) => columns.alike(labels) !== undefined).length).toBe(500);
});
