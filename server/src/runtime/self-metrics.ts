import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const FAST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything Tila says about itself on /metrics. One registry a process, handed to `app`, which gives each module what it needs. */
export class SelfMetrics {
  readonly registry = new Registry();
  #refresh: () => void = () => undefined;
  readonly refreshedAt = this.#refreshFirst();

  readonly outsideCalls = this.#counter('tila_outside_calls_total', 'Calls to systems outside, by target and outcome.', [
    'target',
    'outcome',
  ]);
  readonly scrapeSeconds = this.#histogram('tila_collector_scrape_seconds', 'Duration of scrapes and pulls.', ['source']);
  readonly scrapes = this.#counter('tila_collector_scrapes_total', 'Scrapes and pulls, by outcome.', ['source', 'outcome']);
  readonly backfilledSamples = this.#counter('tila_collector_backfilled_samples_total', 'Samples copied to fill gaps.', [
    'source',
  ]);
  readonly sourceLag = this.#gauge('tila_source_lag_seconds', 'How far the watermark of a source is behind now.', ['source']);
  readonly sourceStale = this.#gauge('tila_source_stale', '1 while a source is further behind than its max_lag.', ['source']);

  readonly ingestSamples = this.#counter('tila_ingest_samples_total', 'Samples taken in.', ['source']);
  readonly ingestRows = this.#gauge('tila_ingest_rows', 'Samples since the start, by what became of them.', ['outcome']);
  readonly storeSeries = this.#gauge('tila_store_series', 'Series in the label index.', []);
  readonly storeBytes = this.#gauge('tila_store_bytes', 'Bytes on disk, by kind.', ['kind']);
  readonly storeSamples = this.#gauge(
    'tila_store_samples',
    'Samples in the store: in memory, and in blocks with their rollups.',
    ['kind'],
  );
  readonly storeDamaged = this.#gauge(
    'tila_store_damaged',
    'Blocks and commits that could not be read since the start; what they held is in no answer.',
    ['kind'],
  );
  readonly storeCommits = this.#gauge('tila_store_commits', 'Durable commits since the start.', []);
  readonly storeCommitSeconds = this.#gauge('tila_store_commit_seconds', 'Time spent in durable commits since the start.', []);

  readonly remoteSamples = this.#gauge(
    'tila_remote_store_samples',
    'Samples sent to the remote store since the start, by outcome.',
    ['outcome'],
  );
  readonly remoteRetries = this.#gauge(
    'tila_remote_store_retries',
    'Requests to the remote store made again since the start.',
    [],
  );

  readonly queries = this.#gauge('tila_queries', 'Ad-hoc queries since the start, by outcome.', ['outcome']);
  readonly queriesShared = this.#gauge('tila_queries_shared', 'Queries since the start that other threads helped with.', []);
  readonly queryThreads = this.#gauge('tila_query_threads', 'Threads for ad-hoc queries.', []);
  readonly queriesRunning = this.#gauge('tila_queries_running', 'Ad-hoc queries that have a worker.', []);
  readonly querySeconds = this.#gauge('tila_query_seconds', 'Time workers have spent on ad-hoc queries since the start.', []);
  readonly queryWorkersCrashed = this.#gauge('tila_query_workers_crashed', 'Query workers lost since the start.', []);

  readonly ruleEvaluationSeconds = this.#gauge('tila_rule_group_evaluation_seconds', 'Duration of the last slot.', ['group']);
  readonly ruleCpu = this.#counter(
    'tila_rule_evaluation_cpu_seconds_total',
    'CPU time of the main thread spent on evaluating rules: reading, calculating, alert states and handing on results; not the durable commit.',
    [],
  );
  readonly ruleLag = this.#gauge('tila_rule_group_lag_seconds', 'Age of the newest slot that was evaluated.', ['group']);
  readonly ruleMissedSlots = this.#gauge('tila_rule_group_missed_slots', 'Slots since the start that were never evaluated.', [
    'group',
  ]);
  readonly ruleLateSlots = this.#gauge(
    'tila_rule_group_late_slots',
    'Slots since the start whose evaluation began more than an interval after their time.',
    ['group'],
  );
  readonly standingEvaluations = this.#gauge(
    'tila_standing_evaluations',
    'Standing evaluations since the start: from memory (plan), with older samples kept beside it (own window), by the engine (fallback).',
    ['path'],
  );
  readonly standingFailures = this.#gauge('tila_standing_failures', 'Standing evaluations that ended in an error.', []);
  readonly standingSeconds = this.#gauge('tila_standing_seconds', 'Time spent evaluating standing plans since the start.', []);
  readonly standingRows = this.#gauge('tila_standing_rows', 'Series read by standing plans since the start.', []);
  readonly standingRebuilds = this.#gauge(
    'tila_standing_rebuilds',
    'Times the series of a watched selection were looked up anew, because some came, went or moved.',
    [],
  );
  readonly standingPlans = this.#gauge('tila_standing_plans', 'Standing plans, and their distinct parts.', ['kind']);
  readonly alerts = this.#gauge('tila_alerts', 'Alerts by state.', ['state']);

  readonly deliveries = this.#counter('tila_delivery_attempts_total', 'Attempts to send a notification, by outcome.', [
    'receiver',
    'integration',
    'outcome',
  ]);
  readonly queueLength = this.#gauge('tila_queue_length', 'Items waiting, by queue.', ['queue']);

  readonly feedClients = this.#gauge('tila_feed_clients', 'Browsers on the live feed.', []);
  readonly feedMessages = this.#counter('tila_feed_messages_total', 'Live feed messages sent.', []);
  readonly feedDropped = this.#counter(
    'tila_feed_resyncs_total',
    'Clients made to resynchronise because they were too slow.',
    [],
  );
  readonly httpSeconds = this.#histogram('tila_http_request_seconds', 'Duration of HTTP requests.', [
    'method',
    'route',
    'status',
  ]);
  readonly logsLost = this.#counter('tila_logs_lost_total', 'Log lines that could not be given to Graylog.', []);

  /** Adds Node's own figures: event-loop delay, heap, CPU, open handles. */
  collectRuntime(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 10 });
  }

  /** Calls back each time the metrics are read, before any of them is. One listener. */
  onCollect(refresh: () => void): void {
    this.#refresh = refresh;
  }

  /** Empties the gauges that are set anew at each refresh, so that what is gone leaves them. */
  forgetLabels(): void {
    const gauges = [
      this.sourceLag,
      this.sourceStale,
      this.ruleLag,
      this.ruleMissedSlots,
      this.ruleLateSlots,
      this.ruleEvaluationSeconds,
      this.queueLength,
    ];
    for (const gauge of gauges) {
      gauge.reset();
    }
  }

  /** prom-client reads metrics in the order they were made, so the one that refreshes the others must be the first. */
  #refreshFirst(): Gauge {
    const gauge: Gauge = new Gauge({
      name: 'tila_self_refresh_timestamp_seconds',
      help: 'When the gauges were last brought up to date.',
      registers: [this.registry],
      collect: () => {
        this.#refresh();
        gauge.set(Date.now() / 1000);
      },
    });
    return gauge;
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets: FAST_SECONDS, registers: [this.registry] });
  }
}
