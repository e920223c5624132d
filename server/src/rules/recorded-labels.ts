import { type Labels, METRIC_NAME } from '../model/labels.ts';
import { RuleEvaluationError } from './rule.ts';
import type { RecordingRuleSpec } from './rule-file.ts';

/** The label sets a recording rule writes, made once for each label set that its expression gives. */
export class RecordedLabels {
  readonly #overlay: Readonly<Record<string, string>>;
  readonly #made = new WeakMap<Labels, Labels>();
  /** What was asked for last, and the answer. */
  #asked: readonly Labels[] = [];
  #recordedLast: readonly Labels[] = [];

  constructor({ name, labels }: Pick<RecordingRuleSpec, 'name' | 'labels'>) {
    this.#overlay = { ...labels, [METRIC_NAME]: name };
  }

  /** The same array while the same label sets are asked for. @throws RuleEvaluationError when two become the same */
  of(all: readonly { readonly labels: Labels }[]): readonly Labels[] {
    if (all.length === this.#asked.length && all.every(({ labels }, index) => labels === this.#asked[index])) {
      return this.#recordedLast;
    }
    const recorded = all.map(({ labels }) => this.#recorded(labels));
    if (new Set(recorded.map(({ key }) => key)).size < recorded.length) {
      throw new RuleEvaluationError('vector contains metrics with the same labelset after applying rule labels');
    }
    this.#asked = all.map(({ labels }) => labels);
    this.#recordedLast = recorded;
    return recorded;
  }

  #recorded(labels: Labels): Labels {
    const known = this.#made.get(labels) ?? labels.with(this.#overlay);
    this.#made.set(labels, known);
    return known;
  }
}
