import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const Duration = z
  .string()
  .regex(/^(\d+(ms|s|m|h))+$/, 'a duration such as 90s or 1m30s')
  .transform((text) =>
    [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (UNIT_MS[unit ?? ''] ?? 0), 0),
  );

const EnvironmentName = z.enum(['dev', 'stage', 'preprod', 'prod', 'management']);

/** How an effect comes and goes: it grows for `ramp` after it begins and fades for `recover` after it ends. */
const timing = {
  environment: EnvironmentName.optional(),
  ramp: Duration.default(0),
  recover: Duration.default(0),
};

const onService = { ...timing, service: z.string().min(1), instance: z.int().min(1).optional() };

const EffectFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('error-ratio'), ...onService, to: z.number().min(0).max(0.9) }),
  z.strictObject({ kind: z.literal('latency'), ...onService, factor: z.number().min(1).max(200) }),
  z.strictObject({ kind: z.literal('load'), ...onService, factor: z.number().min(0).max(20) }),
  z.strictObject({ kind: z.literal('pool'), ...onService, to: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('memory'), ...onService, to: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('lag'), ...onService, consumergroup: z.string().min(1), to: z.number().min(0) }),
  z.strictObject({ kind: z.literal('version'), ...onService, version: z.string().min(1) }),
  z.strictObject({ kind: z.literal('instance-down'), ...onService, instance: z.int().min(1) }),
  z.strictObject({ kind: z.literal('exporter-down'), ...onService }),
  z.strictObject({ kind: z.literal('prometheus-down'), ...timing }),
]);

const Phase = z.strictObject({
  name: z.string().min(1),
  at: Duration,
  until: Duration,
  effects: z.array(EffectFile).min(1),
});

/** One `*.scenario.yaml`: what breaks, when, and how it heals. Offsets count from the start of the run. */
const ScenarioFile = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case words joined by hyphens'),
    title: z.string().min(1),
    summary: z.string().min(1),
    environment: EnvironmentName,
    phases: z.array(Phase).min(1),
  })
  .refine((file) => file.phases.every((phase) => phase.at < phase.until), 'every phase must end after it begins (at < until)');

export type ScenarioFile = z.infer<typeof ScenarioFile>;
export type EffectFile = z.infer<typeof EffectFile>;

export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
}

/**
 * Parses one scenario file; durations become milliseconds.
 * @throws ScenarioFileError naming the file and every problem in it.
 */
export function parseScenario(path: string, text: string): ScenarioFile {
  const result = ScenarioFile.safeParse(parse(text));
  if (!result.success) {
    throw new ScenarioFileError(`${path} is not a scenario:\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}

/** Every `*.scenario.yaml` in a folder, sorted by file name. */
export function loadScenarios(folder: string): readonly ScenarioFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.scenario.yaml'))
    .sort()
    .map((name) => parseScenario(join(folder, name), readFileSync(join(folder, name), 'utf8')));
}

/** When the last effect of the scenario has faded, counted from its start. */
export function scenarioLengthMs(scenario: ScenarioFile): number {
  return Math.max(...scenario.phases.flatMap((phase) => phase.effects.map((effect) => phase.until + effect.recover)));
}
