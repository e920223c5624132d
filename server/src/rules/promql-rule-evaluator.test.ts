import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { SeriesReader, SeriesSamples } from '../model/series-store.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { PromqlRuleEvaluator } from './promql-rule-evaluator.ts';
import { parseRuleFile } from './rule-file.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const AT = 600_000;

function series(labels: Readonly<Record<string, string>>, value: number): SeriesSamples {
  return { labels: Labels.from(labels), timestamps: Float64Array.of(AT - 1000), values: Float64Array.of(value) };
}

const stored = [
  series({ __name__: 'up', job: 'a' }, 1),
  series({ __name__: 'up', job: 'b' }, 0),
  series({ __name__: 'other' }, 7),
];

const reader: SeriesReader = {
  select: async ({ matchers }) => stored.filter(({ labels }) => matchesAll(matchers, labels)),
  series: async ({ matchers, fromMs, toMs }) =>
    stored.filter((one) => matchesAll(matchers, one.labels) && fromMs < AT && toMs >= AT - 1000).map(({ labels }) => labels),
  sources: async (matchers) =>
    new Set(stored.filter(({ labels }) => matchesAll(matchers, labels)).map(({ labels }) => `source of ${labels.metricName}`)),
  labelNames: async () => [],
  labelValues: async () => [],
  metadata: async () => new Map(),
};

const evaluator = new PromqlRuleEvaluator({ engine: new PromqlEngine({ reader }), reader });

describe('rules on the PromQL engine', () => {
  it('evaluates vectors and scalars, and refuses the rest', async () => {
    const result = await evaluator.evaluate('up == 0', AT);
    expect(result.kind === 'vector' && result.samples.map(({ labels, value }) => `${labels} ${value}`)).toEqual([
      'up{job="b"} 0',
    ]);
    expect(await evaluator.evaluate('1 + 1', AT)).toEqual({ kind: 'scalar', value: 2 });
    await expect(evaluator.evaluate('up[5m]', AT)).rejects.toThrow('rule result is not a vector or scalar');
    await expect(evaluator.evaluate('"text"', AT)).rejects.toThrow('rule result is not a vector or scalar');
  });

  it.for<readonly [expr: string, names: readonly string[] | null, sources: readonly string[], matches: boolean]>([
    ['up == 0', ['up'], ['source of up'], true],
    ['up / on () other', ['up', 'other'], ['source of up', 'source of other'], true],
    ['absent(gone)', ['gone'], [], false],
    ['{job="a"}', null, ['source of up'], true],
    ['vector(1)', [], [], true],
  ])('%s: what it reads', async ([expr, names, sources, matches]) => {
    expect(evaluator.metricNamesOf(expr)).toEqual(names === null ? null : new Set(names));
    expect(await evaluator.sourcesOf(expr)).toEqual(new Set(sources));
    expect(await evaluator.matchesSeries(expr, AT)).toBe(matches);
  });

  it('says where an expression is wrong', () => {
    expect(evaluator.check('up')).toBeNull();
    expect(evaluator.check('sum(up')?.message).toMatch(/\d/);
  });

  it.for(globSync('alert-rules/**/*.rules.yaml', { cwd: ROOT }))('the engine accepts %s', (file) => {
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    expect(parseRuleFile({ file, text }, (expr) => evaluator.check(expr), { intervalMs: 1, queryOffsetMs: 0 })).toMatchObject({
      ok: true,
    });
  });
});
