import type { ScenarioView } from '@tila/contract/demo.ts';
import { z } from 'zod';
import type { DemoControl } from '../../http/deps.ts';

const TIMEOUT_MS = 5000;

const EstateScenario = z.object({
  name: z.string(),
  title: z.string(),
  running: z.object({ startedAt: z.number(), endsAt: z.number() }).nullable(),
});

/** The estate refused: it runs already, or something like it. */
class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Triggers scenarios through the demo estate's control API. */
export function demoControl(estateUrl: string, fetch: typeof globalThis.fetch): DemoControl {
  const ask = async (path: string, method: string): Promise<Response> =>
    fetch(`${estateUrl}${path}`, { method, headers: { 'X-Tila-Demo': '1' }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const scenarios = async (): Promise<readonly ScenarioView[]> =>
    z
      .array(EstateScenario)
      .parse(await (await ask('/scenarios', 'GET')).json())
      .map(scenarioView);
  return {
    inboxUrl: `${estateUrl}/inbox`,
    scenarios,
    async trigger(name) {
      const response = await ask(`/scenarios/${encodeURIComponent(name)}/start`, 'POST');
      if (response.status === 404) {
        return undefined;
      }
      if (!response.ok) {
        throw new ScenarioError(`the demo estate answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
      }
      return (await scenarios()).find((scenario) => scenario.name === name);
    },
  };
}

function scenarioView({ name, title, running }: z.infer<typeof EstateScenario>): ScenarioView {
  return { name, title, running: running !== null, startedAt: running?.startedAt ?? null, endsAt: running?.endsAt ?? null };
}
