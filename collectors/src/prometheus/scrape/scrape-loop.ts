import type { TargetReport } from '@tila/contract/sources.ts';
import { type Clock, Pauses } from '../../clock.ts';
import type { SampleColumns } from '../sample-columns.ts';
import { offsetOf, type Target } from './target.ts';
import type { ScrapeOutcome, TargetScraper } from './target-scraper.ts';

export interface ScrapeLoopDeps {
  readonly clock: Clock;
  readonly scraper: Pick<TargetScraper, 'scrape' | 'end'>;
  /** Resolves once the outcome is stored. */
  readonly store: (loop: ScrapeLoop, outcome: ScrapeOutcome) => Promise<void>;
}

/** Prometheus' tolerance: a scrape this little after its slot is stamped with the slot, because even steps compress better. */
const ALIGN_WITHIN_MS = 2;

/** Scrapes one target in its slots until stopped. A scrape that outlasts its interval skips slots, it never overlaps itself. */
export class ScrapeLoop {
  readonly target: Target;
  readonly #deps: ScrapeLoopDeps;
  readonly #offsetMs: number;
  #nextAt: number;
  /** Time stamp of the scrape that is not stored yet. */
  #openAt: number | null = null;
  #lastAttemptAt: number | null = null;
  #report: TargetReport | undefined;
  #last: Pick<ScrapeOutcome, 'error' | 'durationMs' | 'samples'> | null = null;

  constructor(target: Target, deps: ScrapeLoopDeps) {
    this.target = target;
    this.#deps = deps;
    this.#offsetMs = offsetOf(target);
    this.#nextAt = this.#slotAfter(deps.clock.now());
  }

  /** Rejects with the signal's reason. */
  async run(signal: AbortSignal): Promise<never> {
    using pauses = new Pauses(this.#deps.clock, signal);
    for (;;) {
      await pauses.pause(this.#nextAt - this.#deps.clock.now());
      await this.#scrape(signal);
    }
  }

  /** Apart from the loop, whose variables would keep what was scraped until the next time. */
  async #scrape(signal: AbortSignal): Promise<void> {
    const now = this.#deps.clock.now();
    const tolerance = Math.min(ALIGN_WITHIN_MS, this.target.intervalMs / 100);
    const atMs = now - this.#nextAt <= tolerance ? this.#nextAt : now;
    this.#openAt = atMs;
    this.#lastAttemptAt = atMs;
    this.#report = undefined;
    const outcome = await this.#deps.scraper.scrape(atMs, signal);
    this.#report = undefined;
    this.#last = { error: outcome.error, durationMs: outcome.durationMs, samples: outcome.samples };
    this.#nextAt = this.#slotAfter(Math.max(this.#deps.clock.now(), this.#nextAt));
    await this.#deps.store(this, outcome);
    this.#openAt = null;
    const storedAt = this.#deps.clock.now();
    this.#nextAt = this.#nextAt < storedAt ? this.#slotAfter(storedAt) : this.#nextAt;
  }

  /** The first slot of the target after `now`. */
  #slotAfter(now: number): number {
    const { intervalMs } = this.target;
    return now + intervalMs - ((((now - this.#offsetMs) % intervalMs) + intervalMs) % intervalMs);
  }

  /** Up to when this target has said all it ever will, as far as that is stored: just before its next scrape, even if that lies ahead. */
  saidUpTo(): number {
    return this.#openAt === null ? this.saidOnceStored() : this.#openAt - 1;
  }

  /** The same, counting what is being stored now as stored. */
  saidOnceStored(): number {
    return this.#nextAt - 1;
  }

  /** Rows that end its series. The loop must have stopped. */
  end(): SampleColumns {
    return this.#deps.scraper.end(this.#deps.clock.now());
  }

  get hasSpoken(): boolean {
    return this.#last !== null;
  }

  /** The same object until there is something new to say. */
  report(): TargetReport {
    this.#report ??= this.#makeReport();
    return this.#report;
  }

  #makeReport(): TargetReport {
    const last = this.#last;
    return {
      url: this.target.url,
      labels: this.target.labels,
      health: healthOf(last),
      lastAttemptAt: this.#lastAttemptAt,
      lastDurationMs: last?.durationMs ?? null,
      samples: last?.samples ?? 0,
      lastError: last?.error?.message ?? null,
    };
  }
}

function healthOf(last: Pick<ScrapeOutcome, 'error'> | null): TargetReport['health'] {
  if (last === null) {
    return 'unknown';
  }
  return last.error === null ? 'up' : 'down';
}
