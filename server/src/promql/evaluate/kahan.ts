/** Neumaier's variant of Kahan summation, as Prometheus sums. Infinity drops the compensation, so that it stays infinite. */
export class KahanSum {
  sum: number;
  compensation = 0;

  constructor(start = 0) {
    this.sum = start;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) {
      this.compensation = 0;
    } else if (Math.abs(this.sum) >= Math.abs(value)) {
      this.compensation += this.sum - total + value;
    } else {
      this.compensation += value - total + this.sum;
    }
    this.sum = total;
  }

  get value(): number {
    return this.sum + this.compensation;
  }
}

/** The arithmetic mean: of the compensated sum, or incremental from where the sum would overflow. */
export class KahanMean {
  readonly #sum = new KahanSum();
  #count = 0;
  #incremental = false;

  clear(): void {
    this.#sum.sum = 0;
    this.#sum.compensation = 0;
    this.#count = 0;
    this.#incremental = false;
  }

  add(value: number): void {
    this.#count += 1;
    if (this.#count === 1) {
      this.#sum.sum = value;
      return;
    }
    if (!this.#incremental) {
      const { sum, compensation } = this.#sum;
      this.#sum.add(value);
      if (Math.abs(this.#sum.sum) !== Number.POSITIVE_INFINITY) {
        return;
      }
      this.#incremental = true;
      this.#sum.sum = sum / (this.#count - 1);
      this.#sum.compensation = compensation / (this.#count - 1);
    }
    const share = (this.#count - 1) / this.#count;
    this.#sum.sum *= share;
    this.#sum.compensation *= share;
    this.#sum.add(value / this.#count);
  }

  get value(): number {
    if (this.#incremental) {
      return this.#sum.value;
    }
    return this.#sum.sum / this.#count + this.#sum.compensation / this.#count;
  }
}
