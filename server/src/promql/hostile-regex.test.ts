import { expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { MemorySeries } from './conformance/memory-series.ts';
import { PromqlEngine } from './engine.ts';

const VALUE_LENGTH = 50_000;
/** A backtracking engine would need more time than there is; linear time needs milliseconds. */
const PATIENCE_MS = 5000;

it.for([
  { expr: '{__name__="m", v=~"(a+)+$"}', finds: 0 },
  { expr: '{__name__="m", v=~"(a|aa)+b"}', finds: 0 },
  { expr: '{__name__="m", v=~"(.*)*x"}', finds: 0 },
  { expr: '{__name__="m", v!~"(a*)*b"}', finds: 1 },
  { expr: 'label_replace(m, "w", "$1", "v", "(a+)+b")', finds: 1 },
])('a hostile pattern over a hostile value takes linear time: $expr', async ({ expr, finds }) => {
  const reader = new MemorySeries();
  reader.add(Labels.from({ __name__: 'm', v: `${'a'.repeat(VALUE_LENGTH)}!` }), 0, 1);
  const startedAt = performance.now();
  const result = await new PromqlEngine({ reader }).instant(expr, 0);
  expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
  expect(result.kind === 'vector' && result.series.length).toBe(finds);
});

it.for(['x{2000}', '(((x{100}){100}){100}){100}', '(?=a)b', '(a)\\\\1'])('what RE2 refuses is refused: %s', (pattern) => {
  const engine = new PromqlEngine({ reader: new MemorySeries() });
  expect(() => engine.prepare(`m{v=~"${pattern}"}`)).toThrow(/parse error: error parsing regexp/);
});
