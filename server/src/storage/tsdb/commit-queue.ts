import type { AppendRequest, AppendResult } from '../../model/series-store.ts';
import { RequestParts } from './request-parts.ts';

export type Commit = (requests: readonly AppendRequest[]) => readonly AppendResult[];

/** More rows than this wait for the next turn, so that one commit does not hold up requests: it takes some milliseconds. */
const ROWS_PER_COMMIT = 5_000;

/** Small requests that come one by one, as scrapes do, wait this long for others after a commit, so that they share one fsync. */
const GATHER_MS = 50;
/** So many rows are worth a commit of their own. */
const ENOUGH_ROWS = 2_000;
/** Who writes again so soon waits for each answer: then there is nobody else to wait for. */
const AT_ONCE_MS = 2;

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (reason: unknown) => void;
}

export interface CommitCounters {
  readonly commits: number;
  readonly commitSeconds: number;
  readonly failedCommits: number;
}

/**
 * Group commit: requests that arrive in the same turn of the event loop share one transaction and one fsync, in order.
 * A request of more rows than one commit takes is committed in parts, its watermark with the last.
 */
export class CommitQueue {
  readonly #commit: Commit;
  readonly #gatherMs: number;
  readonly #parts = new RequestParts(ROWS_PER_COMMIT);
  readonly #waiting: Waiting[] = [];
  readonly #counters = { commits: 0, commitSeconds: 0, failedCommits: 0 };
  #scheduled: Promise<void> | undefined;
  #waitingRows = 0;
  #committedAt = Number.NEGATIVE_INFINITY;
  #hurry: (() => void) | undefined;

  constructor(commit: Commit, gatherMs = GATHER_MS) {
    this.#commit = commit;
    this.#gatherMs = gatherMs;
  }

  get counters(): CommitCounters {
    return { ...this.#counters };
  }

  /** Rejects when not every row is stored; giving the request again is harmless. */
  append(request: AppendRequest): Promise<AppendResult> {
    const parts = this.#parts.of(request);
    return parts.length === 1 ? this.#enqueue(request) : this.#appendParts(parts);
  }

  async #appendParts(parts: readonly AppendRequest[]): Promise<AppendResult> {
    const results = await Promise.all(parts.map((part) => this.#enqueue(part)));
    return results.reduce((sum, { accepted, duplicate, tooOld }) => ({
      accepted: sum.accepted + accepted,
      duplicate: sum.duplicate + duplicate,
      tooOld: sum.tooOld + tooOld,
    }));
  }

  #enqueue(request: AppendRequest): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#waitingRows += request.rows.labels.length;
      if (this.#waitingRows >= ENOUGH_ROWS) {
        this.#hurry?.();
      }
      this.#scheduled ??= this.#drain();
    });
  }

  /** Resolves once everything queued so far has been answered. */
  async flush(): Promise<void> {
    this.#hurry?.();
    await this.#scheduled;
  }

  async #drain(): Promise<void> {
    await this.#gather();
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#waiting.splice(0, this.#groupSize());
      this.#waitingRows -= group.reduce((sum, { request }) => sum + request.rows.labels.length, 0);
      this.#commitTogether(group);
      this.#committedAt = performance.now();
    }
    this.#scheduled = undefined;
  }

  async #gather(): Promise<void> {
    const sinceMs = performance.now() - this.#committedAt;
    if (sinceMs < AT_ONCE_MS || sinceMs >= this.#gatherMs || this.#waitingRows >= ENOUGH_ROWS) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#gatherMs - sinceMs);
    this.#hurry = resolve;
    await promise;
    clearTimeout(timer);
    this.#hurry = undefined;
  }

  #groupSize(): number {
    let rows = 0;
    const end = this.#waiting.findIndex(({ request }) => {
      rows += request.rows.labels.length;
      return rows > ROWS_PER_COMMIT;
    });
    return end === -1 ? this.#waiting.length : Math.max(end, 1);
  }

  #commitTogether(group: readonly Waiting[]): void {
    const startedAt = performance.now();
    try {
      const results = this.#commit(group.map(({ request }) => request));
      for (const [i, { resolve }] of group.entries()) {
        resolve(results[i] ?? { accepted: 0, duplicate: 0, tooOld: 0 });
      }
    } catch (error) {
      this.#counters.failedCommits += 1;
      for (const { reject } of group) {
        reject(error);
      }
    } finally {
      this.#counters.commits += 1;
      this.#counters.commitSeconds += (performance.now() - startedAt) / 1000;
    }
  }
}
