import type { Environment } from '../estate/estate.ts';
import { noise, seedOf, uniform } from '../model/randomness.ts';
import type { Moment, SeriesList } from './series.ts';

export interface ProcessPlan {
  readonly seed: string;
  readonly environment: Environment;
  readonly instance: number;
  readonly service: { readonly name: string; readonly version: string; readonly heapMb: number };
  /** Versions that scenarios deploy here, the usual one not included. */
  readonly otherVersions: readonly string[];
}

const MIB = 1024 * 1024;
const WEEK_MS = 7 * 86_400_000;

/** CPU, memory, start time, JVM heap and build of one instance. */
export function addProcessSeries(list: SeriesList, plan: ProcessPlan): void {
  const { name, heapMb } = plan.service;
  const seed = seedOf(`${plan.seed}/process/${plan.environment}/${name}/${plan.instance}`);
  const heapMax = heapMb * MIB;
  list.counter(
    { name: 'process_cpu_seconds_total', help: 'CPU time used, in seconds.' },
    {},
    ({ loadFactor, latencyFactor }) => ({
      time: 0.03,
      load: 0.42 * loadFactor * Math.min(2, 1 + (latencyFactor - 1) * 0.05),
    }),
  );
  list.gauge(
    { name: 'process_resident_memory_bytes', help: 'Resident memory of the process.' },
    {},
    ({ ms }) => Math.round((heapMax * (0.92 + 0.03 * noise(seed + 1, ms, 600_000)) + 120 * MIB) / 4096) * 4096,
  );
  list.gauge({ name: 'process_start_time_seconds', help: 'When the process started, seconds since 1970.' }, {}, (moment) =>
    Math.floor(startedAt(seed, moment) / 1000),
  );
  list.gauge({ name: 'jvm_memory_used_bytes', help: 'JVM memory in use, by area.' }, { area: 'heap' }, (moment) =>
    Math.round(heapMax * heapShare(seed, moment)),
  );
  list.gauge({ name: 'jvm_memory_used_bytes', help: 'JVM memory in use, by area.' }, { area: 'nonheap' }, ({ ms }) =>
    Math.round(142 * MIB + 3 * MIB * noise(seed + 3, ms, 900_000)),
  );
  list.gauge({ name: 'jvm_memory_max_bytes', help: 'JVM memory limit, by area.' }, { area: 'heap' }, () => heapMax);
  list.gauge({ name: 'jvm_memory_max_bytes', help: 'JVM memory limit, by area.' }, { area: 'nonheap' }, () => 256 * MIB);
  for (const version of [plan.service.version, ...plan.otherVersions]) {
    list.gauge({ name: 'build_info', help: 'Always 1; the labels say what runs.' }, { version }, ({ state }) =>
      version === (state.version ?? plan.service.version) ? 1 : Number.NaN,
    );
  }
}

/** The last weekly release of the instance, or what a scenario did since. */
function startedAt(seed: number, { ms, restartedAt }: Moment): number {
  const offset = Math.floor(uniform(seed, 1) * WEEK_MS);
  return Math.max(restartedAt ?? 0, Math.floor((ms - offset) / WEEK_MS) * WEEK_MS + offset);
}

/** A saw tooth: the heap fills, the collector empties it; 30 % to 62 % of the maximum when healthy. */
function heapShare(seed: number, { ms, load, state }: Moment): number {
  const periodMs = 90_000 + 60_000 * uniform(seed, 2);
  const phase = ((ms + seed) % periodMs) / periodMs;
  const usual = 0.3 + 0.2 * phase * Math.min(1.5, 0.5 + load) + 0.02 * noise(seed + 2, ms, 45_000);
  return state.memory === null ? usual : usual + (state.memory.to - usual) * state.memory.power;
}
