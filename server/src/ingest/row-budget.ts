interface Waiting {
  readonly rows: number;
  readonly admit: () => void;
}

/** Bounds the rows that are being written at once; whoever comes when it is full waits, first come first served. */
export class RowBudget {
  readonly #maxRows: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  /** Rows admitted and not yet given back. */
  get used(): number {
    return this.#used;
  }

  /** Callers that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when there is room; the result gives it back. A request larger than the whole budget is let in alone.
   * Rejects with the signal's reason when that aborts first.
   */
  async acquire(rows: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(rows)) {
      this.#used += rows;
    } else {
      await this.#wait(rows, signal);
    }
    return { [Symbol.dispose]: () => this.#release(rows) };
  }

  #fits(rows: number): boolean {
    return this.#used === 0 || this.#used + rows <= this.#maxRows;
  }

  #wait(rows: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.#admitWaiting();
      };
      const entry: Waiting = {
        rows,
        admit: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.push(entry);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #release(rows: number): void {
    this.#used -= rows;
    this.#admitWaiting();
  }

  #admitWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.rows); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.rows;
      next.admit();
    }
  }
}
