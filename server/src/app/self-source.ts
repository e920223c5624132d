import type { LabelSet } from '@tila/contract/labels.ts';
import type { SampleBatch, WriteReceipt } from '@tila/contract/samples.ts';
import type { Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** The name under which Tila watches itself. */
export const SELF_SOURCE = 'tila';

interface SelfSourceDeps {
  readonly registry: Registry;
  readonly ingest: { write(batch: SampleBatch, signal: AbortSignal): Promise<WriteReceipt> };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Labels every own series carries: job, instance, environment, cluster, service. */
  readonly identity: LabelSet;
}

/**
 * Writes Tila's own metrics into its store through ingest, like any other source, so that rules and panels can be about Tila itself.
 * One write an interval; a write that is late is skipped, never queued.
 */
export class SelfSource implements AsyncDisposable {
  readonly #deps: SelfSourceDeps;
  readonly #labels = new Map<string, LabelSet>();
  readonly #stop = new AbortController();
  #cancel: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: SelfSourceDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#arm(0);
  }

  /** Writes now instead of at the next interval: something has just changed that rules should see. */
  writeSoon(): void {
    this.#cancel();
    this.#writing = this.#writing.then(() => {
      if (!this.#stop.signal.aborted) {
        this.#arm(0);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    this.#stop.abort();
    await this.#writing;
  }

  #arm(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.#writing = this.#write().finally(() => {
        if (!this.#stop.signal.aborted) {
          this.#arm(this.#deps.intervalMs);
        }
      });
    });
  }

  async #write(): Promise<void> {
    try {
      await this.#deps.ingest.write(await this.#batch(), this.#stop.signal);
    } catch (err) {
      if (!this.#stop.signal.aborted) {
        this.#deps.logger.warn({ err }, 'writing own metrics failed');
      }
    }
  }

  async #batch(): Promise<SampleBatch> {
    const now = this.#deps.clock.now();
    const labels: LabelSet[] = [];
    const values: number[] = [];
    for (const metric of await this.#deps.registry.getMetricsAsJSON()) {
      for (const sample of metric.values) {
        labels.push(this.#labelsOf('metricName' in sample ? String(sample.metricName) : metric.name, sample.labels));
        values.push(sample.value);
      }
    }
    // Nothing more is said before the next write, so rules need not wait for it.
    const watermarkMs = now + this.#deps.intervalMs - 1;
    return { source: SELF_SOURCE, labels, values, timestamps: labels.map(() => now), watermarkMs };
  }

  /** The same object for the same series every time, which is what lets ingest skip hashing it. */
  #labelsOf(name: string, labels: Readonly<Record<string, string | number | undefined>>): LabelSet {
    const key = `${name}\n${JSON.stringify(labels)}`;
    const known = this.#labels.get(key);
    if (known !== undefined) {
      return known;
    }
    const texts = Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)]));
    const made = { ...texts, ...this.#deps.identity, __name__: name };
    this.#labels.set(key, made);
    return made;
  }
}
