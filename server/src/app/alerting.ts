import { randomUUID } from 'node:crypto';
import { SqlAlertHistoryStore } from '../alerts/alert-history-store.ts';
import { Alerts } from '../alerts/alerts.ts';
import { SqlIncidentStore } from '../incidents/incident-store.ts';
import { Incidents } from '../incidents/incidents.ts';
import { PromqlEvidence } from '../incidents/promql-evidence.ts';
import { NotificationPipeline } from '../notify/notification-pipeline.ts';
import { SqlAlertStateStore } from '../rules/alert-state-store.ts';
import { threadCpuMs } from '../rules/evaluation-cpu.ts';
import { Rules } from '../rules/rules.ts';
import { AlertStandings } from './adapters/alert-standing.ts';
import { consoleLinks } from './adapters/links.ts';
import { RoutingTemplates } from './adapters/template-renderer.ts';
import type { AppContext } from './app-context.ts';
import { type ConfigFiles, RULE_DEFAULTS } from './config-files.ts';
import { connectTimeline } from './connect-timeline.ts';
import { type MetricsPipeline, repeat } from './metrics-pipeline.ts';

const PRUNE_EVERY_MS = 3_600_000;
const KEEP_HISTORY_MS = 400 * 86_400_000;

/** From answers to people: rules, alerts, incidents, notifications. */
export interface Alerting {
  readonly rules: Rules;
  readonly alerts: Alerts;
  readonly incidents: Incidents;
  readonly notifications: NotificationPipeline;
  readonly standings: AlertStandings;
  readonly templates: RoutingTemplates;
}

/** Restores everything that was kept and connects the parts. Rules are loaded but do not run before `rules.start()`. */
export async function openAlerting(context: AppContext, metrics: MetricsPipeline, files: ConfigFiles): Promise<Alerting> {
  const { clock, logging, stack, state } = context;
  const history = new SqlAlertHistoryStore(state);
  const alerts = new Alerts({ clock, log: logging.for('alerts'), history });
  repeat(context, PRUNE_EVERY_MS, async () => {
    await history.prune(clock.now() - KEEP_HISTORY_MS);
  });
  stack.defer(() => alerts.stop());
  const rules = await openRules(context, metrics, { files, alerts });
  await alerts.restore(rules.activeAlerts());
  const incidents = new Incidents({
    clock,
    log: logging.for('incidents'),
    store: new SqlIncidentStore(state),
    evidence: new PromqlEvidence(metrics.engine),
    alerts,
  });
  await incidents.start();
  stack.defer(() => incidents.stop());
  const templates = new RoutingTemplates(files.templates, () => clock.now());
  const notifications = await startNotifications(context, { files, alerts, incidents, templates });
  const standings = new AlertStandings({ notifications, incidents });
  connectTimeline({ incidents, notifications, registry: metrics.registry, logger: logging.for('incidents') });
  return { rules, alerts, incidents, notifications, standings, templates };
}

async function openRules(
  context: AppContext,
  { registry, ruleEvaluator, store }: MetricsPipeline,
  { files, alerts }: { readonly files: ConfigFiles; readonly alerts: Alerts },
): Promise<Rules> {
  const { clock, externalUrl, logging, stack, state } = context;
  const rules = new Rules({
    clock,
    log: logging.for('rules'),
    clocks: registry,
    evaluator: ruleEvaluator,
    writer: store,
    store: new SqlAlertStateStore(state),
    publish: (changes) => alerts.apply(changes),
    defaults: RULE_DEFAULTS,
    externalUrl,
    externalLabels: {},
    threadMs: threadCpuMs,
  });
  stack.defer(() => rules.stop());
  for (const warning of await rules.load(files.rules)) {
    logging.for('rules').warn({ warning }, 'rule files');
  }
  return rules;
}

interface NotificationParts extends Pick<Alerting, 'alerts' | 'incidents' | 'templates'> {
  readonly files: ConfigFiles;
}

async function startNotifications(
  { clock, externalUrl, logging, stack, state }: AppContext,
  { files, alerts, incidents, templates }: NotificationParts,
): Promise<NotificationPipeline> {
  return stack.use(
    await NotificationPipeline.start({
      alerts,
      state,
      clock,
      logger: logging.for('notify'),
      config: files.routing,
      renderer: templates,
      links: consoleLinks(externalUrl, (fingerprint) => incidents.incidentOf(fingerprint)),
      random: { fraction: Math.random, id: randomUUID },
      fetch: globalThis.fetch,
    }),
  );
}
