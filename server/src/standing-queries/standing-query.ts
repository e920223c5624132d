import type { PreparedQuery, PromqlEngine, QueryResult } from '../promql/engine.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EvaluationLanes } from './evaluation-lanes.ts';
import type { StandingPlans } from './plan/standing-plans.ts';

export interface StandingQueryDeps {
  readonly engine: Pick<PromqlEngine, 'instant'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly lanes: EvaluationLanes;
  readonly plans?: Pick<StandingPlans, 'evaluate'>;
}

export interface StandingQuerySpec {
  readonly query: PreparedQuery;
  readonly intervalMs: number;
  readonly offsetMs: number;
}

export interface SlotResult {
  readonly slotMs: number;
  readonly result: QueryResult;
}

export type SlotListener = (slot: SlotResult) => void;

/** A registered query. */
export interface StandingQueryHandle {
  readonly query: PreparedQuery;
  /** Evaluates at one slot, whoever watches. */
  evaluateAt(slotMs: number, signal?: AbortSignal): Promise<QueryResult>;
  /** Calls back with the newest slot's result and then whenever a slot's result differs from the one before. Returns how to stop. */
  subscribe(listener: SlotListener): () => void;
}

/** Evaluates on its interval while anyone subscribes. */
export class StandingQuery implements StandingQueryHandle {
  readonly query: PreparedQuery;
  readonly #deps: StandingQueryDeps;
  readonly #spec: StandingQuerySpec;
  readonly #listeners = new Set<SlotListener>();
  #last: (SlotResult & { readonly fingerprint: string }) | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(deps: StandingQueryDeps, spec: StandingQuerySpec) {
    this.#deps = deps;
    this.#spec = spec;
    this.query = spec.query;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  async evaluateAt(slotMs: number, signal?: AbortSignal): Promise<QueryResult> {
    if (this.#deps.plans !== undefined && isInstantType(this.query)) {
      return this.#deps.plans.evaluate(this.query, slotMs, signal);
    }
    return this.#deps.engine.instant(this.query, slotMs, signal === undefined ? {} : { signal });
  }

  subscribe(listener: SlotListener): () => void {
    const own: SlotListener = (slot) => listener(slot);
    this.#listeners.add(own);
    if (this.#last !== undefined) {
      own(this.#last);
    }
    if (this.#cancelTimer === undefined) {
      this.#wakeAfter(0);
    }
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) {
        this.stop();
      }
    };
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#last = undefined;
  }

  #wakeAfter(delayMs: number): void {
    this.#cancelTimer = this.#deps.clock.after(delayMs, () => void this.#evaluateSlot());
  }

  async #evaluateSlot(): Promise<void> {
    const { intervalMs, offsetMs } = this.#spec;
    const timer = this.#cancelTimer;
    const slotMs = Math.floor((this.#deps.clock.now() - offsetMs) / intervalMs) * intervalMs + offsetMs;
    try {
      const result = await this.#deps.lanes.run(() => this.evaluateAt(slotMs));
      this.#tell({ slotMs, result });
    } catch (err) {
      this.#deps.logger.warn({ err, expr: this.query.text }, 'standing query failed');
    }
    if (this.#cancelTimer === timer && timer !== undefined) {
      this.#wakeAfter(Math.max(slotMs + intervalMs - this.#deps.clock.now(), 0));
    }
  }

  #tell(slot: SlotResult): void {
    const fingerprint = fingerprintOf(slot.result);
    if (this.#listeners.size === 0 || this.#last?.fingerprint === fingerprint) {
      return;
    }
    this.#last = { ...slot, fingerprint };
    for (const listener of [...this.#listeners]) {
      listener(slot);
    }
  }
}

function isInstantType({ type }: PreparedQuery): boolean {
  return type === 'vector' || type === 'scalar';
}

/** Equal for equal labels and values, whatever the order of series. */
function fingerprintOf(result: QueryResult): string {
  switch (result.kind) {
    case 'string':
      return result.value;
    case 'scalar':
      return String(result.values[0]);
    case 'vector':
      return result.series
        .map(({ labels, values }) => `${labels.key}=${values[0]}`)
        .sort()
        .join('\n');
    case 'matrix':
      return result.series.map(({ labels, timestamps, values }) => `${labels.key}=${timestamps}:${values}`).join('\n');
  }
}
