import type { SourceReport, TargetReport } from '@tila/contract/sources.ts';
import type { CollectorDeps } from '../collector.ts';

/** Keeps what is to be said about a source and says it. */
export class SourceReporter {
  readonly #deps: Pick<CollectorDeps, 'ingest' | 'clock'>;
  #report: SourceReport;

  constructor(
    about: { source: string; kind: string; maxLagMs: number; intervalMs: number },
    deps: Pick<CollectorDeps, 'ingest' | 'clock'>,
  ) {
    this.#deps = deps;
    this.#report = {
      ...about,
      lastAttemptAt: null,
      lastSuccessAt: null,
      lastErrorAt: null,
      lastError: null,
      backfill: null,
      targets: [],
    };
  }

  succeeded(): void {
    const now = this.#deps.clock.now();
    this.#report = { ...this.#report, lastAttemptAt: now, lastSuccessAt: now, lastError: null };
  }

  failed(error: unknown): void {
    const now = this.#deps.clock.now();
    const lastError = error instanceof Error ? error.message : String(error);
    this.#report = { ...this.#report, lastAttemptAt: now, lastErrorAt: now, lastError };
  }

  filling(backfill: SourceReport['backfill']): void {
    this.#report = { ...this.#report, backfill };
    this.send();
  }

  send(targets?: readonly TargetReport[]): void {
    this.#report = { ...this.#report, targets: targets === undefined ? this.#report.targets : [...targets] };
    this.#deps.ingest.report(this.#report);
  }
}
