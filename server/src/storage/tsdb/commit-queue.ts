import type { AppendRequest, AppendResult } from '../../model/series-store.ts';

export type Commit = (requests: readonly AppendRequest[]) => readonly AppendResult[];

/** More rows than this wait for the next turn, so that one commit does not hold the thread for long. */
const ROWS_PER_COMMIT = 50_000;

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

/** Group commit: requests that arrive in the same turn of the event loop share one transaction and one fsync, in order. */
export class CommitQueue {
  readonly #commit: Commit;
  readonly #waiting: Waiting[] = [];
  readonly #counters = { commits: 0, commitSeconds: 0, failedCommits: 0 };
  #scheduled: Promise<void> | undefined;

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  get counters(): CommitCounters {
    return { ...this.#counters };
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
    this.#waiting.push({ request, resolve, reject });
    this.#scheduled ??= this.#drain();
    return promise;
  }

  /** Resolves once everything queued so far has been answered. */
  async flush(): Promise<void> {
    await this.#scheduled;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#commitTogether(this.#waiting.splice(0, this.#groupSize()));
    }
    this.#scheduled = undefined;
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
