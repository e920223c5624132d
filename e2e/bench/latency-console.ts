import { setTimeout as pause } from 'node:timers/promises';
import { Console } from '../harness/console.ts';
import { TeamsReceiver } from '../harness/receivers.ts';
import { FailingExporter } from './failing-exporter.ts';

export interface LatencyConsole {
  readonly exporter: FailingExporter;
  readonly teams: TeamsReceiver;
  readonly tila: Console;
}

/** Longer than the pipeline's start delay, in which nothing is sent. */
const SETTLE_MS = 7000;
/**
 * With one failure a scrape, slower than the one message a second that Teams takes. No multiple of the rules' intervals, so that
 * scrapes fall on all phases between two rule slots alike.
 */
const SCRAPE_INTERVAL = '1130ms';

/** A console as a process of its own that scrapes an exporter here and tells a Teams receiver here, each failure in a group of its own. */
export async function startLatencyConsole(stack: AsyncDisposableStack, ruleInterval: string): Promise<LatencyConsole> {
  const exporter = stack.use(await FailingExporter.start());
  const teams = stack.use(await TeamsReceiver.start());
  const tila = stack.use(
    new Console({ config: config(exporter.address), rules: rules(ruleInterval), routing: routing(teams.url) }),
  );
  await tila.start();
  await pause(SETTLE_MS);
  return { exporter, teams, tila };
}

const config = (exporter: string): string => `sources:
  - type: prometheus_scrape
    name: bench
    scrape_interval: ${SCRAPE_INTERVAL}
    honor_labels: true
    static_configs: [{ targets: ['${exporter}'] }]
rules: [rules.yaml]
routing: routing.yaml
logging: { level: warn }
`;

const rules = (interval: string): string => `groups:
  - name: bench
    interval: ${interval}
    rules:
      - alert: Failing
        expr: bench_failure > 0
        for: 0s
        labels: { severity: critical }
        annotations: { summary: 'failure {{ $labels.round }} of the bench' }
`;

const routing = (teams: string): string => `route:
  receiver: people
  group_by: [round]
  group_wait: 0s
  group_interval: 1h
receivers:
  - name: people
    msteamsv2_configs: [{ webhook_url: '${teams}' }]
`;
