// From a sample that has landed to the Teams POST that tells of it, on a real console process, and where that time goes.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eventually } from '../harness/eventually.ts';
import { report, reportDelay } from './figures.ts';
import { type LatencyConsole, startLatencyConsole } from './latency-console.ts';

const BENCH = 'alert-latency';
const WARM_UP = 3;
/** How often a timer of this process, which has next to nothing to do, says how late it is: what the machine adds. */
const CONTROL_MS = 5;
const RUNS = [
  { ruleInterval: '100ms', rounds: 100 },
  { ruleInterval: '1s', rounds: 60 },
];

interface Told {
  readonly round: number;
  readonly landedAt: number;
  readonly postedAt: number;
}

interface AlertRow {
  readonly fingerprint: string;
  readonly firedAt: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface DeliveryRow {
  readonly createdAt: number;
  readonly alerts: readonly string[];
}

for (const { ruleInterval, rounds } of RUNS) {
  await using stack = new AsyncDisposableStack();
  const bench = await startLatencyConsole(stack, ruleInterval);
  const told: Told[] = [];
  const control = monitorEventLoopDelay({ resolution: CONTROL_MS });
  control.enable();
  for (let n = 0; n < WARM_UP + rounds; n += 1) {
    told.push(await oneRound(bench));
  }
  control.disable();
  await reportRun(bench, `rules every ${ruleInterval}`, told.slice(WARM_UP));
  for (const [name, nanoseconds] of [
    ['p99', control.percentile(99)],
    ['max', control.max],
  ] as const) {
    const value = Math.max(nanoseconds / 1e6 - CONTROL_MS, 0);
    report({
      bench: BENCH,
      figure: `rules every ${ruleInterval}: control, timers of the idle bench late, ${name}`,
      value,
      unit: 'ms',
    });
  }
}

async function oneRound({ exporter, teams }: LatencyConsole): Promise<Told> {
  const round = await exporter.failOnce(0);
  const text = `failure ${round} of the bench`;
  const card = await eventually(`a card about failure ${round}`, () => teams.cards.find((each) => each.text.includes(text)));
  return { round, landedAt: exporter.landedAt.get(round) ?? Number.NaN, postedAt: card.at };
}

/** The console's own records say where the time between went. */
async function reportRun({ tila }: LatencyConsole, run: string, told: readonly Told[]): Promise<void> {
  await tila.signIn();
  const alerts = await tila.api<AlertRow[]>('/api/alerts');
  const deliveries = await tila.api<DeliveryRow[]>('/api/deliveries?limit=500');
  const stages = told.flatMap(({ round, landedAt, postedAt }) => {
    const alert = alerts.find(({ labels }) => labels.round === String(round));
    const delivery = deliveries.find((each) => alert !== undefined && each.alerts.includes(alert.fingerprint));
    return alert === undefined || delivery === undefined
      ? []
      : [{ landedAt, slotAt: alert.firedAt, decidedAt: delivery.createdAt, postedAt }];
  });
  reportDelay(
    BENCH,
    `${run}: sample landed to Teams POST`,
    told.map(({ landedAt, postedAt }) => postedAt - landedAt),
  );
  const stage = (name: string, delays: readonly number[]) => reportDelay(BENCH, `${run}: ${name}`, delays);
  stage(
    'of it, until the rule slot that saw it',
    stages.map(({ landedAt, slotAt }) => slotAt - landedAt),
  );
  stage(
    'of it, evaluated, stored and routed',
    stages.map(({ slotAt, decidedAt }) => decidedAt - slotAt),
  );
  stage(
    'of it, delivery stored, sent and read',
    stages.map(({ decidedAt, postedAt }) => postedAt - decidedAt),
  );
}
