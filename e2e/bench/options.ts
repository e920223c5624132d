import { parseArgs } from 'node:util';
import { say } from './figures.ts';

/** What a person may set on the command line of a bench, with `--name=value`. */
export interface BenchOptions {
  readonly series: number;
  readonly rounds: number;
  /** When no further round is begun. */
  readonly budgetSeconds: number;
  /** `--only=one,many`: whether a part of the bench is to be measured. */
  readonly isWanted: (part: string) => boolean;
  /** `--peers=Prometheus`: who is measured beside Tila, `--peers=none` for nobody. */
  readonly peers: readonly PeerName[];
}

const PEERS = ['Prometheus', 'VictoriaMetrics'] as const;
export type PeerName = (typeof PEERS)[number];

/** Also lets an interrupt end the bench in an orderly way. @throws Error that names what is not a positive number. */
export function benchOptions(defaults: Partial<Pick<BenchOptions, 'series' | 'rounds' | 'budgetSeconds'>> = {}): BenchOptions {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(1));
  }
  const { values } = parseArgs({
    options: {
      series: { type: 'string' },
      rounds: { type: 'string' },
      budget: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
    },
  });
  return {
    series: positive('series', values.series ?? String(defaults.series ?? 100_000)),
    rounds: positive('rounds', values.rounds ?? String(defaults.rounds ?? 5)),
    budgetSeconds: positive('budget', values.budget ?? String(defaults.budgetSeconds ?? 240)),
    isWanted: (part) => values.only === undefined || values.only.split(',').includes(part),
    peers: PEERS.filter((peer) => values.peers === undefined || values.peers.split(',').includes(peer)),
  };
}

/** A clock for "no further round": true once a bench has run for its budget. */
export function budget(seconds: number): () => boolean {
  const deadline = performance.now() + seconds * 1000;
  let said = false;
  return () => {
    const isOver = performance.now() > deadline;
    if (isOver && !said) {
      said = true;
      say(`the ${seconds} s of this bench are over; what is left is left out`);
    }
    return isOver;
  };
}

function positive(name: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!(value > 0)) {
    throw new Error(`--${name}=${text} is not a positive number`);
  }
  return value;
}
