import type { AlertView } from '@tila/contract/alerts.ts';
import type { IncidentView } from '@tila/contract/incidents.ts';
import type { Tile } from '@tila/contract/overview.ts';
import type { SourceView } from '@tila/contract/sources.ts';
import type { Alert, AlertFeed } from '../alerts/alert.ts';
import type { AlertStatus } from '../overview/alert-status.ts';
import { toAlertView } from '../overview/alert-view.ts';
import { KeyedTopic, type TopicChange } from './keyed-topic.ts';

export interface TileFeed {
  tiles(): readonly Tile[];
  subscribe(listener: (change: { readonly set: readonly Tile[]; readonly remove: readonly string[] }) => void): () => void;
}

export interface IncidentFeed {
  /** What the list shows: the open ones and the recent past. */
  current(): readonly IncidentView[];
  /** Calls back with an incident whenever it or only its timeline has changed. */
  subscribe(listener: (incident: IncidentView) => void): () => void;
}

export interface SourceFeed {
  list(): readonly SourceView[];
  subscribe(listener: (source: SourceView) => void): () => void;
}

type OnChange = () => void;

export function tileKey(tile: Pick<Tile, 'environment' | 'cluster' | 'service'>): string {
  return `${tile.environment}/${tile.cluster}/${tile.service}`;
}

/** Tiles by `environment/cluster/service`. */
export function overviewTopic(feed: TileFeed, onChange: OnChange): KeyedTopic<Tile> {
  const topic = new KeyedTopic<Tile>({ onChange });
  topic.start(Object.fromEntries(feed.tiles().map((tile) => [tileKey(tile), tile])));
  feed.subscribe(({ set, remove }) => {
    topic.stage({ set: Object.fromEntries(set.map((tile) => [tileKey(tile), tile])), remove });
  });
  return topic;
}

/** Alerts with their standing, by fingerprint. */
export function alertsTopic(feed: AlertFeed, status: AlertStatus, onChange: OnChange): KeyedTopic<AlertView> {
  const topic = new KeyedTopic<AlertView>({ onChange });
  const known = new Map<string, Alert>();
  const changeOf = (fingerprint: string): TopicChange<AlertView> => {
    const alert = known.get(fingerprint);
    return alert === undefined
      ? { remove: [fingerprint] }
      : { set: { [fingerprint]: toAlertView(alert, status.statusOf(fingerprint)) } };
  };
  const { snapshot } = feed.subscribe(({ alert, to }) => {
    if (to === 'inactive') {
      known.delete(alert.fingerprint);
    } else {
      known.set(alert.fingerprint, alert);
    }
    topic.stage(changeOf(alert.fingerprint));
  });
  for (const alert of snapshot) {
    known.set(alert.fingerprint, alert);
  }
  topic.start(
    Object.fromEntries(snapshot.map((alert) => [alert.fingerprint, toAlertView(alert, status.statusOf(alert.fingerprint))])),
  );
  status.subscribe((fingerprint) => {
    if (known.has(fingerprint)) {
      topic.stage(changeOf(fingerprint));
    }
  });
  return topic;
}

export function incidentsTopic(feed: IncidentFeed, onChange: OnChange): KeyedTopic<IncidentView> {
  const topic = new KeyedTopic<IncidentView>({ onChange });
  topic.start(Object.fromEntries(feed.current().map((incident) => [incident.id, incident])));
  feed.subscribe((incident) => topic.stage({ set: { [incident.id]: incident } }));
  return topic;
}

export function sourcesTopic(feed: SourceFeed, onChange: OnChange): KeyedTopic<SourceView> {
  const topic = new KeyedTopic<SourceView>({ onChange });
  topic.start(Object.fromEntries(feed.list().map((source) => [source.source, source])));
  feed.subscribe((source) => topic.stage({ set: { [source.source]: source } }));
  return topic;
}
