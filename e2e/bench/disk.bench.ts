// Bytes a sample on disk once everything is compacted; the log that is replayed after a crash apart.
import type { Engine } from './engines/engine.ts';
import { reportAgainst } from './figures.ts';
import { startFilled } from './load/filled-engines.ts';
import { benchOptions } from './options.ts';

const MINUTES = 240;
const SHARE = 4;

const { series } = benchOptions();
const some = Math.ceil(series / SHARE);
await using stack = new AsyncDisposableStack();
const { engines, samples } = await startFilled(stack, { series: some, minutes: MINUTES });
const data = new Map<Engine, number>();
const log = new Map<Engine, number>();
for (const engine of engines) {
  await engine.compact();
  const use = engine.diskUse();
  data.set(engine, use.data / samples);
  log.set(engine, use.log / samples);
}
const what = `${some} series, ${MINUTES} min, ${samples} samples`;
reportAgainst({ bench: 'disk', figure: `${what}, compacted`, unit: 'bytes a sample' }, data);
reportAgainst({ bench: 'disk', figure: `${what}, write-ahead log beside it`, unit: 'bytes a sample' }, log);
