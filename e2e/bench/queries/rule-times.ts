import { z } from 'zod';
import type { Engine } from '../engines/engine.ts';
import { say } from '../figures.ts';

const Groups = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        evaluationTime: z.number().optional(),
        rules: z.array(z.object({ health: z.string(), lastEvaluation: z.string().optional() })),
      }),
    ),
  }),
});

/** Checks that the rules ran, and returns how long the last evaluation of all groups took, in milliseconds. */
export async function evaluationMs(engine: Engine, intervalSeconds: number): Promise<number> {
  const { body } = await engine.get('/api/v1/rules');
  const { groups } = Groups.parse(JSON.parse(body.toString())).data;
  const rules = groups.flatMap((group) => group.rules);
  const stale = rules.filter(({ lastEvaluation = '' }) => Date.now() - Date.parse(lastEvaluation) > 3 * intervalSeconds * 1000);
  const unhealthy = rules.filter(({ health }) => health !== 'ok');
  say(`${engine.name}: ${rules.length} rules, ${unhealthy.length} not ok, ${stale.length} not evaluated for three intervals`);
  return 1000 * groups.reduce((sum, { evaluationTime = 0 }) => sum + evaluationTime, 0);
}
