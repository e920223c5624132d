/**
 * How far each source has got. A source's watermark W promises that all it will ever say about t ≤ W is in.
 * `lagMs` is how far W is behind now; past `maxLagMs` the source is stale.
 */
export interface SourceClock {
  readonly source: string;
  readonly watermarkMs: number | null;
  readonly maxLagMs: number;
  /** No report or watermark within maxLagMs. Never true before the source has had maxLagMs since start to speak. */
  readonly isStale: boolean;
}

/** Read side of the registry, for rules, inventory and the console. Known sources are those configured or that ever wrote. */
export interface SourceClocks {
  get(source: string): SourceClock | undefined;
  all(): readonly SourceClock[];
  /** Called synchronously after each durable write that moves a watermark, and when a source turns stale or fresh. */
  subscribe(listener: (clock: SourceClock) => void): () => void;
}
