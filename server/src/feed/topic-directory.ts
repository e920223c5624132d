import { type PanelSeries, type PanelTopic, type Topic, type TopicKey, topicKey } from '@tila/contract/feed.ts';
import { dropPointsBefore, panelResolution, panelWidth, splicePoints } from '@tila/contract/panel-points.ts';
import type { AlertFeed } from '../alerts/alert.ts';
import type { AlertStatus } from '../overview/alert-status.ts';
import { appendPoints, type PanelQueryRange, type PanelSource, type PanelUpdate } from '../overview/panel-source.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { KeyedTopic, type TopicOptions } from './keyed-topic.ts';
import {
  alertsTopic,
  type IncidentFeed,
  incidentsTopic,
  overviewTopic,
  type SourceFeed,
  sourcesTopic,
  type TileFeed,
} from './live-sources.ts';

export interface TopicSources {
  readonly overview: TileFeed;
  readonly alerts: AlertFeed;
  readonly alertStatus: AlertStatus;
  readonly incidents: IncidentFeed;
  readonly sources: SourceFeed;
  readonly panels: PanelSource;
}

export interface TopicDirectoryDeps extends TopicSources {
  readonly clock: Clock;
  readonly log: Logger;
}

/** A topic that somebody watches or watched a moment ago. */
export interface OpenTopic {
  readonly key: TopicKey;
  /** Small number for grouping clients that need the same. */
  readonly number: number;
  readonly topic: KeyedTopic<unknown>;
}

interface Entry extends OpenTopic {
  readonly isLasting: boolean;
  watchers: number;
  close: () => void;
  /** Tries again what failed. */
  retry: () => void;
  cancelLinger: () => void;
}

/** A panel nobody watches stays this long, so that a reconnect or a step back resumes instead of asking anew. */
const LINGER_MS = 30_000;
const MAX_PANELS = 5000;
/** More changes than a panel or an incident sees while it is watched. */
const SEQS_EACH = 100_000_000;

const SPLICING: Pick<TopicOptions<PanelSeries>, 'splice' | 'drop'> = {
  splice: ({ labels, points }, splice) => ({ labels, points: splicePoints(points, splice) }),
  drop: ({ labels, points }, before) => ({ labels, points: dropPointsBefore(points, before) }),
};

/** Told of every change. What tells people that something broke is urgent; curves and counters keep a steady pace. */
export interface ChangeListener {
  readonly urgent: () => void;
  readonly steady: () => void;
}

/** Every open topic. Overview, alerts, incidents and sources always are; panels and single incidents while they are watched. */
export class TopicDirectory implements Disposable {
  readonly #deps: TopicDirectoryDeps;
  readonly #onChange: ChangeListener;
  readonly #entries = new Map<TopicKey, Entry>();
  #numbers = 0;

  constructor(deps: TopicDirectoryDeps, onChange: ChangeListener) {
    this.#deps = deps;
    this.#onChange = onChange;
    this.#add({ kind: 'overview' }, overviewTopic(deps.overview, onChange.urgent), true);
    this.#add({ kind: 'alerts' }, alertsTopic(deps.alerts, deps.alertStatus, onChange.urgent), true);
    this.#add({ kind: 'incidents' }, incidentsTopic(deps.incidents, onChange.urgent), true);
    this.#add({ kind: 'sources' }, sourcesTopic(deps.sources, onChange.steady), true);
  }

  all(): Iterable<OpenTopic> {
    return this.#entries.values();
  }

  /** Opens a topic for one more watcher, who must `release` it. A topic that cannot be opened is there too, failed; asking for it again tries again. */
  acquire(topic: Topic): OpenTopic {
    const entry = this.#entries.get(topicKey(topic)) ?? this.#open(topic);
    entry.watchers += 1;
    entry.cancelLinger();
    if (entry.topic.failure !== null) {
      entry.retry();
    }
    return entry;
  }

  release(key: TopicKey): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return;
    }
    entry.watchers -= 1;
    if (entry.watchers === 0 && !entry.isLasting) {
      entry.cancelLinger = this.#deps.clock.after(entry.topic.failure === null ? LINGER_MS : 0, () => {
        this.#entries.delete(key);
        entry.close();
      });
    }
  }

  [Symbol.dispose](): void {
    for (const entry of this.#entries.values()) {
      entry.cancelLinger();
      entry.close();
    }
    this.#entries.clear();
  }

  #open(topic: Topic): Entry {
    switch (topic.kind) {
      case 'panel':
        return this.#openPanel(topic);
      case 'incident':
        return this.#openIncident(topic);
      default:
        throw new Error(`topic ${topic.kind} is always open`);
    }
  }

  #openPanel(panel: PanelTopic): Entry {
    const extend = (series: PanelSeries, points: PanelSeries['points']) => appendPoints(series, points, panel.rangeMs);
    const topic = new KeyedTopic<PanelSeries>({ extend, ...SPLICING, ...this.#options() });
    const entry = this.#add(panel, topic, false);
    if (this.#entries.size > MAX_PANELS) {
      topic.fail(`more than ${MAX_PANELS} different panels are watched at once`);
      return entry;
    }
    entry.retry = () => {
      topic.mend();
      void this.#watch(panel, topic, entry);
    };
    void this.#watch(panel, topic, entry);
    return entry;
  }

  async #watch(panel: PanelTopic, topic: KeyedTopic<PanelSeries>, entry: Entry): Promise<void> {
    const early: PanelUpdate[] = [];
    try {
      const watching = await this.#deps.panels.watch(toQuery(panel), (update) => {
        if (topic.isReady) {
          topic.stage(update);
        } else {
          early.push(update);
        }
      });
      if (this.#entries.get(entry.key) !== entry) {
        watching.unsubscribe();
        return;
      }
      entry.close = watching.unsubscribe;
      topic.start(watching.snapshot);
      for (const update of early) {
        topic.stage(update);
      }
    } catch (err) {
      this.#deps.log.debug({ err }, 'panel cannot be watched');
      topic.fail(err instanceof Error ? err.message : String(err));
    }
  }

  #openIncident(wanted: Extract<Topic, { kind: 'incident' }>): Entry {
    const topic = new KeyedTopic<{ readonly version: number }>(this.#options());
    const entry = this.#add(wanted, topic, false);
    let version = 0;
    topic.start({ version: { version } });
    entry.close = this.#deps.incidents.subscribe((incident) => {
      if (incident.id === wanted.id) {
        version += 1;
        topic.stage({ set: { version: { version } } });
      }
    });
    return entry;
  }

  #options(): Pick<TopicOptions<unknown>, 'onChange' | 'firstSeq'> {
    return { onChange: this.#onChange.steady, firstSeq: this.#numbers * SEQS_EACH };
  }

  #add<Item>(topic: Topic, keyed: KeyedTopic<Item>, isLasting: boolean): Entry {
    this.#numbers += 1;
    const entry: Entry = {
      key: topicKey(topic),
      number: this.#numbers,
      // Outside its feeder a topic is only read, and reading is the same for every kind of item.
      topic: keyed as unknown as KeyedTopic<unknown>,
      isLasting,
      watchers: 0,
      close: () => undefined,
      retry: () => undefined,
      cancelLinger: () => undefined,
    };
    this.#entries.set(entry.key, entry);
    return entry;
  }
}

/** Panels of nearly the same width are one. */
function toQuery({ expr, rangeMs, stepMs, pixels }: PanelTopic): PanelQueryRange {
  const query = { expr, rangeMs, stepMs };
  return pixels === undefined ? query : { ...query, pixels: panelWidth(pixels), resolutionMs: panelResolution(query) };
}
