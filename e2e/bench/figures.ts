/** One measured number. A peer is another program that did the same work in the same run. */
export interface Figure {
  readonly bench: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  readonly ratio?: number;
}

/** Prints a figure as one line of JSON, which `tools/bench.mjs` reads. */
export function report(figure: Figure): void {
  process.stdout.write(`${JSON.stringify({ ...figure, value: Number(figure.value.toFixed(1)) })}\n`);
}

/** The value that this share of all values does not exceed (nearest rank); NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}

/** Reports median and 99th percentile of a delay in milliseconds. */
export function reportDelay(bench: string, what: string, values: readonly number[]): void {
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    report({ bench, figure: `${what}, ${name} of ${values.length}`, value: percentile(values, share), unit: 'ms' });
  }
}
