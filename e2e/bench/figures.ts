/** One measured number. A peer is another program that did the same work in the same run. */
export interface Figure {
  readonly bench: string;
  readonly figure: string;
  /** Null when Tila could not be measured and only the peer was. */
  readonly value: number | null;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  /** The value divided by the peer's. */
  readonly ratio?: number;
}

/** Prints a figure as one line of JSON, which `tools/bench.mjs` reads. */
export function report(figure: Figure): void {
  const { value } = figure;
  process.stdout.write(`${JSON.stringify({ ...figure, value: value === null ? null : rounded(value) })}\n`);
}

/** What was measured of one thing, by the name of the engine. */
export type Measured = ReadonlyMap<{ readonly name: string; readonly version: string }, number>;

/** Reports Tila's figure against each peer's, or alone when there is no peer. */
export function reportAgainst(what: Pick<Figure, 'bench' | 'figure' | 'unit'>, measured: Measured): void {
  const own = [...measured].find(([{ name }]) => name === 'Tila')?.[1] ?? null;
  const peers = [...measured].filter(([{ name }]) => name !== 'Tila');
  if (peers.length === 0) {
    report({ ...what, value: own });
  }
  for (const [{ name, version }, peerValue] of peers) {
    const ratio = own === null || peerValue === 0 ? {} : { ratio: rounded(own / peerValue) };
    report({ ...what, value: own, peer: `${name} ${version}`, peerValue: rounded(peerValue), ...ratio });
  }
}

/** For people, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
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
