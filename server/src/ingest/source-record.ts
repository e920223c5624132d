import type { SourceReport, SourceState, SourceView } from '@tila/contract/sources.ts';
import { SampleRate } from './sample-rate.ts';
import type { SourceClock } from './sources.ts';

/** A configured source. */
export interface SourceDeclaration {
  readonly source: string;
  readonly kind: string;
  readonly maxLagMs: number;
  readonly intervalMs: number;
}

/** How far a write brought a source. */
export interface Position {
  readonly watermarkMs: number | null;
  /** The newest sample, for sources that state no watermark. */
  readonly newestMs: number | null;
}

/** What is known about one source. */
export class SourceRecord {
  readonly source: string;
  readonly rate = new SampleRate();
  /** Since when it has had the chance to speak. */
  readonly knownSince: number;
  /** As listeners were last told. */
  isKnownStale = false;
  #declaration: SourceDeclaration;
  #isDeclared = false;
  #watermarkMs: number | null = null;
  #newestMs: number | null = null;
  #report: SourceReport | undefined;

  constructor(declaration: SourceDeclaration, knownSince: number) {
    this.source = declaration.source;
    this.knownSince = knownSince;
    this.#declaration = declaration;
  }

  get isDeclared(): boolean {
    return this.#isDeclared;
  }

  declare(declaration: SourceDeclaration): void {
    this.#isDeclared = true;
    this.#declaration = declaration;
  }

  /** A declared source's kind, lag and interval stay as declared, whatever a report claims. */
  report(report: SourceReport): void {
    this.#report = report;
    if (!this.#isDeclared) {
      const { source, kind, maxLagMs, intervalMs } = report;
      this.#declaration = { source, kind, maxLagMs, intervalMs };
    }
  }

  /** True when the watermark rose. Neither watermark nor newest sample ever go back. */
  moveTo({ watermarkMs, newestMs }: Position): boolean {
    const before = this.#watermarkMs;
    this.#watermarkMs = later(before, watermarkMs);
    this.#newestMs = later(this.#newestMs, newestMs);
    return this.#watermarkMs !== before;
  }

  /** The watermark; for a source that states none, its newest sample. */
  get positionMs(): number | null {
    return this.#watermarkMs ?? this.#newestMs;
  }

  /** The source is stale after this time unless it moves on. It has `maxLagMs` from when it became known, whatever it said before. */
  get dueAt(): number {
    return Math.max(this.positionMs ?? this.knownSince, this.knownSince) + this.#declaration.maxLagMs;
  }

  clock(now: number): SourceClock {
    const { maxLagMs } = this.#declaration;
    return { source: this.source, watermarkMs: this.#watermarkMs, maxLagMs, isStale: now > this.dueAt };
  }

  view(now: number): SourceView {
    const position = this.positionMs;
    return {
      ...(this.#report ?? silence()),
      ...this.#declaration,
      state: this.#state(now),
      watermarkAt: this.#watermarkMs,
      lagMs: position === null ? null : Math.max(0, now - position),
      samplesTotal: this.rate.total,
      samplesPerSecond: this.rate.perSecond(now),
    };
  }

  /** Silence outranks an error: what is shown is old either way, and the error's text is shown beside it. */
  #state(now: number): SourceState {
    const failedLast = (this.#report?.lastErrorAt ?? -1) > (this.#report?.lastSuccessAt ?? -1);
    if (this.positionMs === null) {
      return failedLast ? 'error' : 'no data';
    }
    if (now > this.dueAt) {
      return 'stale';
    }
    return failedLast ? 'error' : 'ok';
  }
}

function silence(): Omit<SourceReport, keyof SourceDeclaration> {
  return { lastAttemptAt: null, lastSuccessAt: null, lastErrorAt: null, lastError: null, backfill: null, targets: [] };
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
