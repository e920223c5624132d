// Bytes a sample on disk once everything is compacted; the log that is replayed after a crash apart.
import type { DiskUse, Engine } from './engines/engine.ts';
import { reportAgainst } from './figures.ts';
import { startFilled } from './load/filled-engines.ts';
import { benchOptions } from './options.ts';

const MINUTES = 240;
const SHARE = 4;

const { series } = benchOptions();
const some = Math.ceil(series / SHARE);
await using stack = new AsyncDisposableStack();
const { engines, samples } = await startFilled(stack, { series: some, minutes: MINUTES });
const uses = new Map<Engine, DiskUse>();
for (const engine of engines) {
  await engine.compact();
  uses.set(engine, engine.diskUse(samples));
}
const what = `${some} series, ${MINUTES} min, ${samples} samples`;
tell('compacted, bytes a sample', ({ data }) => data / samples);
tell('log beside it, bytes a sample', ({ log }) => log / samples);
tell('free inside the files, bytes a sample', ({ free }) => free / samples);

function tell(figure: string, of: (use: DiskUse) => number): void {
  const measured = new Map([...uses].map(([engine, use]): [Engine, number] => [engine, of(use)]));
  reportAgainst({ bench: 'disk', figure: `${what}: ${figure}`, unit: 'B' }, measured);
}
