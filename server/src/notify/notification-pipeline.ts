import type { AlertChange } from '../alerts/alert.ts';
import type { Labels } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { StateDatabase } from '../state/state-store.ts';
import { NotificationLog } from './dedup/notification-log.ts';
import { Deliveries, type DeliveryLog, type QueueStats } from './delivery/deliveries.ts';
import { DeliveryStore } from './delivery/delivery-store.ts';
import type { DeliverySettings } from './delivery/endpoint-queue.ts';
import { Outbox } from './delivery/outbox.ts';
import type { GroupSnapshot } from './grouping/alert-group.ts';
import { Dispatcher } from './grouping/dispatcher.ts';
import { Inhibitor } from './inhibition/inhibitor.ts';
import { missedResolves, type RememberingAlertFeed } from './missed-resolves.ts';
import { Muting, type SuppressedAlert } from './muting.ts';
import { type NotifiedAlert, toNotifiedAlert } from './notified-alert.ts';
import { notifyTables } from './notify-tables.ts';
import type { Fetch } from './receivers/http-post.ts';
import { teamsUrlWarning } from './receivers/msteamsv2/teams-integration.ts';
import { buildReceivers, type Receivers } from './receivers/receivers.ts';
import type { LinkBuilder, TemplateRenderer } from './receivers/template-renderer.ts';
import { matchRoutes } from './routing/route-tree.ts';
import type { RoutingConfig } from './routing-config.ts';
import { compileMatchers, type SilenceMatcher } from './silences/silence.ts';
import { SilenceStore } from './silences/silence-store.ts';
import { Silences } from './silences/silences.ts';

export interface NotificationSettings extends DeliverySettings {
  /** Nothing is sent this long after the start: until all alerts are back, an inhibited one could slip through. */
  readonly startDelayMs: number;
  /** How long finished deliveries are kept. */
  readonly retentionMs: number;
  /** How long a stop waits for requests under way. */
  readonly stopGraceMs: number;
}

export const DEFAULT_NOTIFICATION_SETTINGS: NotificationSettings = {
  startDelayMs: 5000,
  maxAgeMs: 3_600_000,
  supersedeAfterMs: 600_000,
  retentionMs: 30 * 86_400_000,
  stopGraceMs: 3000,
};

export interface NotificationPipelineDeps {
  readonly alerts: RememberingAlertFeed;
  readonly state: StateDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: RoutingConfig;
  readonly renderer: TemplateRenderer;
  readonly links: LinkBuilder;
  readonly random: { /** In [0, 1). */ readonly fraction: () => number /** Globally unique. */; readonly id: () => string };
  readonly fetch: Fetch;
  readonly settings?: Partial<NotificationSettings>;
}

/** Where an alert stands with notifications. */
export interface AlertNotificationStatus {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly receivers: readonly string[];
}

export interface NotifyStats {
  readonly groups: number;
  readonly firingAlerts: number;
  readonly queues: readonly QueueStats[];
  readonly attempts: readonly { readonly integration: string; readonly outcome: string; readonly count: number }[];
  readonly flushErrors: number;
}

/** Told the first time an alert is kept out of a group's notification, and again when the cause changes. */
export interface SuppressionEvent extends SuppressedAlert {
  readonly groupKey: string;
  readonly at: number;
}

/** The part that a reload replaces as one. */
interface Configured {
  readonly config: RoutingConfig;
  readonly receivers: Receivers;
  readonly inhibitor: Inhibitor;
  readonly muting: Muting;
  readonly dispatcher: Dispatcher;
}

interface Stores {
  readonly settings: NotificationSettings;
  readonly silences: Silences;
  readonly deliveries: Deliveries;
  readonly outbox: Outbox;
  readonly store: DeliveryStore;
}

const DAY_MS = 86_400_000;

/**
 * From alert changes to messages: route, group, inhibit, mute, silence, deduplicate, deliver, with Alertmanager's semantics.
 * Delivery is at least once: a request whose answer a killed process never saw is repeated, a known success never is.
 * Two notifications of one group keep their order.
 */
export class NotificationPipeline implements AsyncDisposable {
  readonly silences: Silences;
  readonly deliveries: DeliveryLog;
  readonly #deps: NotificationPipelineDeps;
  readonly #stores: Stores;
  readonly #firing = new Map<string, NotifiedAlert>();
  readonly #notBefore: number;
  readonly #suppressionListeners = new Set<(event: SuppressionEvent) => void>();
  readonly #suppressed = new Map<string, string>();
  #configured: Configured;
  #unsubscribe: () => void = () => {};
  #cancelForgetting: () => void = () => {};
  #flushErrors = 0;

  /** Restores silences, notification log and unfinished deliveries, then follows the feed. Sends nothing before `resume`. */
  static async start(deps: NotificationPipelineDeps): Promise<NotificationPipeline> {
    const settings = { ...DEFAULT_NOTIFICATION_SETTINGS, ...deps.settings };
    const database = notifyTables(deps.state);
    const store = new DeliveryStore(database);
    const { clock, logger, random } = deps;
    const silences = await Silences.open({ store: new SilenceStore(database), clock, newId: random.id });
    const log = await NotificationLog.open(database, clock.now());
    const deliveries = new Deliveries({ store, clock, logger, random: random.fraction, settings });
    const outbox = new Outbox({
      store,
      log,
      clock,
      newId: random.id,
      reserve: (endpoint, stream) => deliveries.reserve(endpoint, stream),
      enqueue: (queued) => deliveries.enqueue(queued, true),
    });
    deliveries.subscribe(({ delivery, attempt }) => {
      if (delivery.state === 'failed' && attempt !== null) {
        log.deliveryFailed(delivery.stream, delivery.id, attempt.startedAt);
      }
    });
    const recovered = await store.recover();
    const missed = await missedResolves({ log, alerts: deps.alerts, now: clock.now() });
    const pipeline = new NotificationPipeline(deps, { settings, silences, deliveries, outbox, store });
    deliveries.enqueue(recovered, false);
    pipeline.#follow(missed);
    await pipeline.#forgetOld();
    return pipeline;
  }

  private constructor(deps: NotificationPipelineDeps, stores: Stores) {
    this.#deps = deps;
    this.#stores = stores;
    this.silences = stores.silences;
    this.deliveries = stores.deliveries;
    this.#notBefore = deps.clock.now() + stores.settings.startDelayMs;
    this.#configured = this.#configure(deps.config);
    stores.deliveries.use(this.#configured.receivers);
  }

  /** Starts sending, first what a former process left unsent: call it once whoever follows `deliveries` has subscribed. */
  resume(): void {
    this.#stores.deliveries.resume();
  }

  /** Replaces routes, receivers, inhibition and time intervals as one. Groups are rebuilt; the notification log prevents repeats. */
  async reload(config: RoutingConfig): Promise<void> {
    const old = this.#configured;
    const next = this.#configure(config);
    const alerts = [...this.#firing.values(), ...old.dispatcher.resolvedAlerts()];
    this.#configured = next;
    this.#stores.deliveries.use(next.receivers);
    for (const alert of alerts) {
      this.#take(alert, this.#deps.clock.now());
    }
    await old.dispatcher.stop();
  }

  /** Where a firing alert stands now; empty lists for an alert that does not fire. */
  statusOf(fingerprint: string): AlertNotificationStatus {
    const alert = this.#firing.get(fingerprint);
    return alert === undefined ? { silencedBy: [], inhibitedBy: [], receivers: [] } : this.statusOfLabels(alert.labels);
  }

  /** What would hold for an alert with these labels. */
  statusOfLabels(labels: Labels): AlertNotificationStatus {
    const { inhibitor, config } = this.#configured;
    return {
      silencedBy: this.silences.silencedBy(labels),
      inhibitedBy: inhibitor.inhibitedBy(labels),
      receivers: [...new Set(matchRoutes(config.route, labels).map((route) => route.receiver))],
    };
  }

  /** The firing alerts a silence with these matchers would mute. @throws InvalidSilenceError */
  preview(matchers: readonly SilenceMatcher[]): readonly NotifiedAlert[] {
    const compiled = compileMatchers(matchers);
    return [...this.#firing.values()].filter((alert) => matchesAll(compiled, alert.labels));
  }

  onSuppressed(listener: (event: SuppressionEvent) => void): () => void {
    this.#suppressionListeners.add(listener);
    return () => this.#suppressionListeners.delete(listener);
  }

  stats(): NotifyStats {
    const { deliveries } = this.#stores;
    return {
      groups: this.#configured.dispatcher.groupCount,
      firingAlerts: this.#firing.size,
      queues: deliveries.queueStats(),
      attempts: deliveries.attemptCounts(),
      flushErrors: this.#flushErrors,
    };
  }

  /** Stops taking alerts, lets requests under way end, keeps the rest for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#cancelForgetting();
    await this.#configured.dispatcher.stop();
    await this.#stores.deliveries.stop(this.#stores.settings.stopGraceMs);
  }

  #configure(config: RoutingConfig): Configured {
    const { clock, logger } = this.#deps;
    const inhibitor = new Inhibitor(config.inhibitRules);
    const muting = new Muting({ inhibitor, silences: this.silences, timeIntervals: config.timeIntervals });
    const receivers = buildReceivers(config.receivers.values(), this.#deps);
    const dispatcher = new Dispatcher({
      root: config.route,
      clock,
      notBefore: this.#notBefore,
      flush: (group) => this.#flush(group, { muting, receivers }),
      onFlushError: (err, groupKey) => {
        this.#flushErrors += 1;
        logger.error(
          { err, groupKey },
          'group could not be queued for notification; it is tried again at the next group interval',
        );
      },
    });
    for (const warning of config.warnings) {
      logger.warn({ warning }, 'routing configuration');
    }
    void this.#warnAboutUrls(config);
    return { config, receivers, inhibitor, muting, dispatcher };
  }

  async #warnAboutUrls(config: RoutingConfig): Promise<void> {
    const { logger } = this.#deps;
    for (const { name, integrations } of config.receivers.values()) {
      for (const integration of integrations.filter(({ kind }) => kind === 'msteamsv2')) {
        const url = integration.kind === 'msteamsv2' ? await integration.url.reveal().catch(() => '') : '';
        const warning = teamsUrlWarning(url);
        if (warning !== undefined) {
          logger.warn({ receiver: name, warning }, 'routing configuration');
        }
      }
    }
  }

  /** Deletes finished deliveries past their retention, now and once a day. */
  async #forgetOld(): Promise<void> {
    const { clock, logger } = this.#deps;
    this.#cancelForgetting = clock.after(DAY_MS, () => {
      void this.#forgetOld().catch((err: unknown) => logger.warn({ err }, 'old deliveries could not be deleted'));
    });
    await this.#stores.store.deleteOlderThan(clock.now() - this.#stores.settings.retentionMs);
  }

  /** `missed` are resolves to tell of alerts that the feed has forgotten. */
  #follow(missed: readonly NotifiedAlert[]): void {
    const { snapshot, unsubscribe } = this.#deps.alerts.subscribe((change) => this.#onChange(change));
    this.#unsubscribe = unsubscribe;
    const now = this.#deps.clock.now();
    for (const alert of snapshot.filter(({ state }) => state !== 'pending')) {
      this.#take(toNotifiedAlert(alert, { previous: undefined, at: now, isFiring: alert.state === 'firing' }), now);
    }
    for (const alert of missed.filter(({ fingerprint }) => !this.#firing.has(fingerprint))) {
      this.#take(alert, now);
    }
  }

  #onChange(change: AlertChange): void {
    const isFiring = change.to === 'firing';
    const previous = this.#firing.get(change.alert.fingerprint);
    if (!isFiring && previous === undefined) {
      return; // Pending, or resolved long ago: nobody was or will be told.
    }
    this.#take(toNotifiedAlert(change.alert, { previous, at: change.at, isFiring }), change.at);
  }

  #take(alert: NotifiedAlert, at: number): void {
    if (alert.status === 'firing') {
      this.#firing.set(alert.fingerprint, alert);
    } else {
      this.#firing.delete(alert.fingerprint);
    }
    this.#configured.inhibitor.update(alert);
    this.#configured.dispatcher.dispatch(alert, at);
  }

  async #flush(group: GroupSnapshot, { muting, receivers }: Pick<Configured, 'muting' | 'receivers'>): Promise<void> {
    const now = this.#deps.clock.now();
    const { audible, suppressed } = muting.apply(group, now);
    this.#announce(group, suppressed, audible);
    await this.#stores.outbox.publish(group, audible, receivers.get(group.route.receiver) ?? []);
  }

  #announce(group: GroupSnapshot, suppressed: readonly SuppressedAlert[], audible: readonly NotifiedAlert[]): void {
    const at = this.#deps.clock.now();
    const keyOf = (alert: NotifiedAlert) => `${group.groupKey}\udfff${alert.fingerprint}`;
    for (const alert of [...audible, ...group.alerts.filter(({ status }) => status === 'resolved')]) {
      this.#suppressed.delete(keyOf(alert));
    }
    for (const entry of suppressed.filter(({ alert }) => alert.status === 'firing')) {
      const cause = `${entry.cause}:${entry.by.join()}`;
      if (this.#suppressed.get(keyOf(entry.alert)) !== cause) {
        this.#suppressed.set(keyOf(entry.alert), cause);
        for (const listener of this.#suppressionListeners) {
          listener({ ...entry, groupKey: group.groupKey, at });
        }
      }
    }
  }
}
