/** Writers wait when so many times more rows are in memory than there should be. */
const PATIENCE = 2;

/** Counts the rows that came since rows were last moved from memory to blocks, so that a sender who catches up does not fill it. */
export class UncutRows {
  readonly #limit: number;
  #rows = 0;
  #cut: PromiseWithResolvers<void> | undefined;

  /** @param limit of rows between two cuts */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** It is time for the next cut. */
  get areMany(): boolean {
    return this.#rows > this.#limit;
  }

  add(rows: number): void {
    this.#rows += rows;
  }

  /** Undefined as long as there is room; else what to wait for before writing, which is the end of the next cut. */
  get room(): Promise<void> | undefined {
    if (this.#rows <= PATIENCE * this.#limit) {
      return undefined;
    }
    this.#cut ??= Promise.withResolvers();
    return this.#cut.promise;
  }

  /** A cut begins: what comes from now on counts for the next. */
  cutBegins(): void {
    this.#rows = 0;
  }

  /** A cut has ended, or there will be none for now: whoever waits goes on. */
  cutEnded(): void {
    this.#cut?.resolve();
    this.#cut = undefined;
  }
}
