import { z } from 'zod';
import type { AlertView } from './alerts.ts';
import type { IncidentView } from './incidents.ts';
import type { LabelSet } from './labels.ts';
import type { Tile } from './overview.ts';
import { PANEL_PIXELS, type PointSplice } from './panel-points.ts';
import type { SourceView } from './sources.ts';

/**
 * The live feed. The browser emits `subscribe` with topics and where it left off; the server answers with one `feed`
 * message a tick for everything that client watches. Every topic is a map of keyed items; a snapshot replaces the map,
 * a delta changes it. `seq` rises by one a delta; a client that sees a gap subscribes again without `since`.
 */
export const PanelTopic = z.object({
  kind: z.literal('panel'),
  expr: z.string().max(10_000),
  rangeMs: z.number().int().positive(),
  stepMs: z.number().int().positive(),
  /**
   * The width the panel is drawn in. With it the expression is evaluated more often than every step (`panelResolution`), and of
   * each pixel column at most the first, the lowest, the highest and the last point are given, with a null where a gap begins.
   */
  pixels: z.number().int().min(PANEL_PIXELS.min).max(PANEL_PIXELS.max).optional(),
});
export type PanelTopic = z.infer<typeof PanelTopic>;

export const Topic = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('overview') }),
  z.object({ kind: z.literal('alerts') }),
  z.object({ kind: z.literal('incidents') }),
  z.object({ kind: z.literal('incident'), id: z.string().max(100) }),
  z.object({ kind: z.literal('sources') }),
  PanelTopic,
]);
export type Topic = z.infer<typeof Topic>;

/** One point a step, null where there is none; of a panel with `pixels` the points chosen. Oldest first. */
export interface PanelSeries {
  readonly labels: LabelSet;
  readonly points: readonly (readonly [number, number | null])[];
}

/** What a topic's items are: overview by `environment/cluster/service`, alerts by fingerprint, incidents and sources by id, panel by series text. */
export interface TopicItems {
  readonly overview: Tile;
  readonly alerts: AlertView;
  readonly incidents: IncidentView;
  /** One item, key `version`: a number that changes when the incident's detail should be fetched again. */
  readonly incident: { readonly version: number };
  readonly sources: SourceView;
  readonly panel: PanelSeries;
}

/** Opaque id of a topic on this connection; the JSON of the topic with its keys in schema order. */
export type TopicKey = string;

export function topicKey(topic: Topic): TopicKey {
  return JSON.stringify(topic, ['kind', 'id', 'expr', 'rangeMs', 'stepMs', 'pixels']);
}

/** Where a client left off. `epoch` changes when the server starts anew, and then a snapshot follows. */
export const Position = z.object({ epoch: z.string().max(100), seq: z.number().int() });
export type Position = z.infer<typeof Position>;

export const Subscribe = z.object({ topics: z.array(z.object({ topic: Topic, since: Position.optional() })).max(200) });
export type Subscribe = z.infer<typeof Subscribe>;

export const Unsubscribe = z.object({ topics: z.array(Topic).max(200) });
export type Unsubscribe = z.infer<typeof Unsubscribe>;

export interface TopicSnapshot<Item = unknown> {
  readonly kind: 'snapshot';
  readonly topic: TopicKey;
  readonly seq: number;
  readonly items: Readonly<Record<string, Item>>;
}

export interface TopicDelta<Item = unknown> {
  readonly kind: 'delta';
  readonly topic: TopicKey;
  /** Applies on top of `seq - 1`. */
  readonly seq: number;
  readonly set: Readonly<Record<string, Item>>;
  readonly remove: readonly string[];
  /** Panel topics only: points to add to the end of a series; points older than the range fall off. A point at a known time replaces it. */
  readonly append?: Readonly<Record<string, PanelSeries['points']>>;
  /** Panel topics with `pixels` only: the newest columns of a series, anew. */
  readonly splice?: Readonly<Record<string, PointSplice>>;
  /** Panel topics with `pixels` only: points of every series before this time fall off, and a gap that then comes first too. */
  readonly dropBefore?: number;
}

export interface TopicError {
  readonly kind: 'error';
  readonly topic: TopicKey;
  readonly message: string;
}

/** One message a client and tick. `at` is the server's clock, for ages. */
export interface FeedMessage {
  readonly epoch: string;
  readonly at: number;
  readonly updates: readonly (TopicSnapshot | TopicDelta | TopicError)[];
}
