import { Labels } from '../model/labels.ts';
import type { PromqlEngine } from '../promql/engine.ts';
import type { EvidenceReader } from './evidence.ts';

/** Evidence from the PromQL engine; a query may read at most a million samples, so that freezing never hurts the rules. */
export class PromqlEvidence implements EvidenceReader {
  readonly #engine: Pick<PromqlEngine, 'evaluate'>;

  constructor(engine: Pick<PromqlEngine, 'evaluate'>) {
    this.#engine = engine;
  }

  async range(expr: string, range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number }) {
    const result = await this.#engine.evaluate(expr, range, { limits: { maxSamples: 1_000_000 } });
    if (result.kind === 'vector') {
      return result.series;
    }
    return result.kind === 'scalar' ? [{ labels: Labels.EMPTY, values: result.values }] : [];
  }
}
