import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const FIRST_LOAD_LIMIT = 300_000;
const CHARTS_LIMIT = 120_000;

interface BuiltFile {
  readonly name: string;
  readonly gzip: number;
  readonly text: string;
}

let files: ReadonlyMap<string, BuiltFile>;
let first: readonly BuiltFile[];
let chunks: readonly Rolldown.OutputChunk[];

/** A chunk and everything it imports before it runs. */
function closure(start: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const waiting = [...start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (!seen.has(name)) {
      seen.add(name);
      waiting.push(...(chunks.find((chunk) => chunk.fileName === name)?.imports ?? []));
    }
  }
  return seen;
}

beforeAll(async () => {
  const result = await build({ root, logLevel: 'silent', build: { write: false } });
  const output = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  chunks = output.filter((file) => file.type === 'chunk');
  files = new Map(
    output.map((file) => {
      const text = file.type === 'chunk' ? file.code : file.source.toString();
      return [file.fileName, { name: file.fileName, gzip: gzipSync(text).length, text }];
    }),
  );
  const entries = chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName);
  // The live connection is loaded apart but at once, so it counts.
  const socket = chunks
    .filter((chunk) => chunk.moduleIds.some((id) => id.includes('socket.io-client')))
    .map((chunk) => chunk.fileName);
  const styles = [...files.keys()].filter((name) => /index-.*\.css$|times-.*\.css$/.test(name));
  first = [...closure([...entries, ...socket]), 'index.html', ...styles].flatMap((name) => files.get(name) ?? []);
}, 60_000);

describe('the built page', () => {
  it('needs less than 300 kB gzip before charts', () => {
    const total = first.reduce((sum, file) => sum + file.gzip, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(FIRST_LOAD_LIMIT);
  });

  it('loads charts apart, under 120 kB gzip', () => {
    const charts = [...files.values()].filter(({ name }) => name.includes('recharts'));
    expect(charts.length).toBeGreaterThan(0);
    expect(charts.reduce((sum, file) => sum + file.gzip, 0)).toBeLessThan(CHARTS_LIMIT);
    expect(first.filter(({ name }) => name.includes('recharts'))).toEqual([]);
  });

  it('bundles no zod', () => {
    expect([...files.values()].filter(({ text }) => text.includes('ZodError')).map(({ name }) => name)).toEqual([]);
  });

  it('has no inline script, which its content security policy would refuse', () => {
    expect(files.get('index.html')?.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  });
});
