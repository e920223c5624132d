import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { MemorySeries } from '../promql/conformance/memory-series.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { RuleQueries } from './rule-queries.ts';

const storage = new MemorySeries();
storage.load({ labels: Labels.from({ __name__: 'up', job: 'a' }), slots: [0] }, 15_000);
const queries = new RuleQueries({ engine: new PromqlEngine({ reader: storage }), reader: storage });

describe('what rules ask', () => {
  it.for([
    { expr: 'up == 0', message: undefined, why: 'a vector is a rule' },
    { expr: '1', message: undefined, why: 'so is a scalar' },
    { expr: 'up[5m]', message: 'a rule needs an instant vector or a scalar, not a range vector', why: 'a range vector is not' },
    { expr: 'sum(up', message: '1:7: parse error: unexpected end of input', why: 'an error names its position' },
  ])('$why', ({ expr, message }) => {
    expect(queries.check(expr)?.message).toBe(message);
  });

  it('evaluates at one time', async () => {
    expect(await queries.evaluate('up == 0', 10_000)).toEqual({
      kind: 'vector',
      samples: [{ labels: Labels.from({ __name__: 'up', job: 'a' }), value: 0 }],
    });
    expect(await queries.evaluate('1 + 1', 0)).toEqual({ kind: 'scalar', value: 2 });
  });

  it.for([
    { expr: 'absent(up)', atMs: 0, found: true, why: 'a sample exactly now' },
    { expr: 'up', atMs: 299_999, found: true, why: 'a sample just inside the lookback' },
    { expr: 'up', atMs: 300_000, found: false, why: 'a sample just outside' },
    { expr: 'down', atMs: 0, found: false, why: 'no such series' },
  ])('finds series: $why', async ({ expr, atMs, found }) => {
    expect(await queries.matchesSeries(expr, atMs)).toBe(found);
  });

  it('names the metrics read, unless a selector has no fixed name', () => {
    expect(queries.metricNamesOf('rate(a[5m]) / on (x) b')).toEqual(new Set(['a', 'b']));
    expect(queries.metricNamesOf('a + {job="x"}')).toBeNull();
  });
});
