import type { SourceReport, SourceView } from '@tila/contract/sources.ts';
import type { Clock } from '../runtime/clock.ts';
import type { IngestCommit } from './ingest.ts';
import { type SourceDeclaration, SourceRecord } from './source-record.ts';
import type { SourceClock, SourceClocks } from './sources.ts';

/** A source fell silent or came back. `at` is source time: how far it had come, or has come now. */
export interface SourceGap {
  readonly source: string;
  readonly kind: 'gap_started' | 'gap_ended';
  readonly at: number;
  /** When it was noticed here. */
  readonly observedAt: number;
}

export interface SourceRegistryDeps {
  readonly clock: Clock;
  /** How many sources may speak without being declared. Default 1,000. */
  readonly maxUndeclared?: number;
}

/** A source that only ever wrote, without being declared or reporting. */
const UNDECLARED: Omit<SourceDeclaration, 'source'> = { kind: 'push', maxLagMs: 5 * 60_000, intervalMs: 60_000 };

/**
 * What is known about every source: how far it has come, whether it has fallen silent, what its collector says.
 * Silence is noticed by the clock, not by the next message. All listeners are called synchronously.
 */
export class SourceRegistry implements SourceClocks, Disposable {
  readonly #clock: Clock;
  readonly #maxUndeclared: number;
  readonly #records = new Map<string, SourceRecord>();
  readonly #timers = new Map<string, () => void>();
  readonly #clockListeners = new Set<(clock: SourceClock) => void>();
  readonly #viewListeners = new Set<(view: SourceView) => void>();
  readonly #gapListeners = new Set<(gap: SourceGap) => void>();

  constructor(deps: SourceRegistryDeps) {
    this.#clock = deps.clock;
    this.#maxUndeclared = deps.maxUndeclared ?? 1_000;
  }

  /** Makes a configured source known before it has spoken: when it stays silent for `maxLagMs`, it is stale. Again: new settings. */
  declare(declaration: SourceDeclaration): void {
    this.#record(declaration.source).declare(declaration);
    this.#unwatch(declaration.source);
    this.#refresh(declaration.source);
  }

  /** Forgets a source that is no longer configured. */
  forget(source: string): void {
    this.#unwatch(source);
    this.#records.delete(source);
  }

  /** Takes over the watermarks the store kept, once at start. */
  restore(watermarks: Iterable<readonly [source: string, watermarkMs: number]>): void {
    for (const [source, watermarkMs] of watermarks) {
      this.#record(source).moveTo({ watermarkMs, newestMs: null });
      this.#refresh(source);
    }
  }

  /** Makes an unknown source known, so that its place is taken. False when there are too many undeclared ones. */
  admit(source: string): boolean {
    if (!this.#records.has(source) && this.#undeclared() >= this.#maxUndeclared) {
      return false;
    }
    this.#record(source);
    return true;
  }

  committed(commit: IngestCommit): void {
    const record = this.#record(commit.source);
    record.rate.add(commit.rows.labels.length, commit.committedAt);
    const hasMoved = record.moveTo({ watermarkMs: commit.watermarkMs, newestMs: commit.maxTimestampMs });
    const hasTurned = this.#refresh(commit.source);
    if (hasMoved && !hasTurned) {
      this.#tellClock(record);
    }
    this.#tellView(record);
  }

  report(report: SourceReport): void {
    const record = this.#record(report.source);
    record.report(report);
    this.#unwatch(report.source);
    this.#refresh(report.source);
    this.#tellView(record);
  }

  get(source: string): SourceClock | undefined {
    return this.#records.get(source)?.clock(this.#clock.now());
  }

  all(): readonly SourceClock[] {
    const now = this.#clock.now();
    return [...this.#records.values()].map((record) => record.clock(now));
  }

  /** Every source as the console shows it, in the order they became known. */
  views(): readonly SourceView[] {
    const now = this.#clock.now();
    return [...this.#records.values()].map((record) => record.view(now));
  }

  view(source: string): SourceView | undefined {
    return this.#records.get(source)?.view(this.#clock.now());
  }

  subscribe(listener: (clock: SourceClock) => void): () => void {
    return listen(this.#clockListeners, listener);
  }

  /** After every commit, report and change of state. Ages and rates also move on by themselves: `views` has them. */
  subscribeViews(listener: (view: SourceView) => void): () => void {
    return listen(this.#viewListeners, listener);
  }

  subscribeGaps(listener: (gap: SourceGap) => void): () => void {
    return listen(this.#gapListeners, listener);
  }

  [Symbol.dispose](): void {
    for (const cancel of this.#timers.values()) {
      cancel();
    }
    this.#timers.clear();
  }

  #record(source: string): SourceRecord {
    const known = this.#records.get(source);
    if (known !== undefined) {
      return known;
    }
    const made = new SourceRecord({ ...UNDECLARED, source }, this.#clock.now());
    this.#records.set(source, made);
    return made;
  }

  #undeclared(): number {
    return [...this.#records.values()].filter(({ isDeclared }) => !isDeclared).length;
  }

  /** Notices a turn from fresh to stale or back, and sets the timer for the next possible one. True when it turned. */
  #refresh(source: string): boolean {
    const record = this.#records.get(source);
    if (record === undefined) {
      return false;
    }
    const now = this.#clock.now();
    const isStale = now > record.dueAt;
    const hasTurned = isStale !== record.isKnownStale;
    record.isKnownStale = isStale;
    if (!isStale && !this.#timers.has(source)) {
      this.#watch(record, now);
    }
    if (hasTurned) {
      this.#tellGap({
        source,
        kind: isStale ? 'gap_started' : 'gap_ended',
        at: record.positionMs ?? record.knownSince,
        observedAt: now,
      });
      this.#tellClock(record);
      this.#tellView(record);
    }
    return hasTurned;
  }

  /** One timer a source: when it fires early because the source moved on, the next look sets it anew. */
  #watch(record: SourceRecord, now: number): void {
    const { source } = record;
    const cancel = this.#clock.after(record.dueAt - now + 1, () => {
      this.#timers.delete(source);
      this.#refresh(source);
    });
    this.#timers.set(source, cancel);
  }

  /** The time it is due may have come closer: the next look sets the timer anew. */
  #unwatch(source: string): void {
    this.#timers.get(source)?.();
    this.#timers.delete(source);
  }

  #tellClock(record: SourceRecord): void {
    const clock = record.clock(this.#clock.now());
    for (const listener of this.#clockListeners) {
      listener(clock);
    }
  }

  #tellView(record: SourceRecord): void {
    const view = record.view(this.#clock.now());
    for (const listener of this.#viewListeners) {
      listener(view);
    }
  }

  #tellGap(gap: SourceGap): void {
    for (const listener of this.#gapListeners) {
      listener(gap);
    }
  }
}

function listen<Event>(listeners: Set<(event: Event) => void>, listener: (event: Event) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
