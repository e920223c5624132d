import type { TilaEngine } from '../engines/tila-engine.ts';

const COUNTER = /^tila_rule_evaluation_cpu_seconds_total (\S+)$/m;

/** CPU seconds that rules took since the start, as the console counts them itself. */
export async function ruleCpuSeconds(tila: TilaEngine): Promise<number> {
  const { body } = await tila.get('/metrics');
  const seconds = COUNTER.exec(body.toString())?.[1];
  if (seconds === undefined) {
    throw new Error('the console does not tell what CPU time its rules take');
  }
  return Number(seconds);
}
