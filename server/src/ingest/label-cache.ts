import type { LabelSet } from '@tila/contract/labels.ts';
import { Labels, METRIC_NAME } from '../model/labels.ts';

export interface LabelLimits {
  readonly maxLabels: number;
  /** In UTF-16 code units. */
  readonly maxNameLength: number;
  readonly maxValueLength: number;
}

export const DEFAULT_LABEL_LIMITS: LabelLimits = { maxLabels: 64, maxNameLength: 256, maxValueLength: 4096 };

/** Why a label set is refused, as a sentence for whoever sends it. */
export interface LabelProblem {
  readonly problem: string;
}

/** Label sets known by content; several times the series one collector sends. */
const KEPT_BY_KEY = 200_000;

/**
 * Turns label sets of the wire into `Labels`, checked once. The same object in gives the same object out without hashing;
 * an equal one gives the same `Labels` as long as it was used lately. So the store can find a series by identity.
 */
export class LabelCache {
  readonly #limits: LabelLimits;
  readonly #byIdentity = new WeakMap<LabelSet, Labels | LabelProblem>();
  /** Least recently used first. */
  readonly #byKey = new Map<string, Labels>();

  constructor(limits: LabelLimits = DEFAULT_LABEL_LIMITS) {
    this.#limits = limits;
  }

  resolve(labelSet: LabelSet): Labels | LabelProblem {
    const known = this.#byIdentity.get(labelSet);
    if (known !== undefined) {
      return known;
    }
    const problem = findProblem(labelSet, this.#limits);
    const resolved = problem === undefined ? this.#canonical(Labels.from(labelSet)) : { problem };
    this.#byIdentity.set(labelSet, resolved);
    return resolved;
  }

  #canonical(labels: Labels): Labels {
    const kept = this.#byKey.get(labels.key) ?? labels;
    this.#byKey.delete(labels.key);
    this.#byKey.set(labels.key, kept);
    if (this.#byKey.size > KEPT_BY_KEY) {
      const [oldest] = this.#byKey.keys();
      this.#byKey.delete(oldest ?? '');
    }
    return kept;
  }
}

function findProblem(labelSet: LabelSet, limits: LabelLimits): string | undefined {
  const entries = Object.entries(labelSet);
  if (typeof labelSet[METRIC_NAME] !== 'string' || labelSet[METRIC_NAME] === '') {
    return `a series has no metric name (${METRIC_NAME}): ${shown(JSON.stringify(labelSet))}`;
  }
  if (entries.length > limits.maxLabels) {
    return `${shown(labelSet[METRIC_NAME])} has ${entries.length} labels, at most ${limits.maxLabels} are taken`;
  }
  for (const [name, value] of entries) {
    const problem = problemOfPair(name, value, limits);
    if (problem !== undefined) {
      return `${shown(labelSet[METRIC_NAME])}: ${problem}`;
    }
  }
  return undefined;
}

/** The value is checked at run time as well: what comes from JSON or from a collector's bug need not be text. */
function problemOfPair(name: string, value: unknown, limits: LabelLimits): string | undefined {
  if (name === '') {
    return 'a label has an empty name';
  }
  if (typeof value !== 'string') {
    return `label ${shown(name)} has a ${typeof value} for a value, text is wanted`;
  }
  if (!name.isWellFormed() || !value.isWellFormed()) {
    return `label ${shown(name)} is not valid Unicode`;
  }
  if (name.length > limits.maxNameLength) {
    return `label name ${shown(name)} is ${name.length} characters long, at most ${limits.maxNameLength} are taken`;
  }
  if (value.length > limits.maxValueLength) {
    return `the value of label ${shown(name)} is ${value.length} characters long, at most ${limits.maxValueLength} are taken`;
  }
  return undefined;
}

const SHOWN_LENGTH = 100;

/** Quoted, escaped and cut, so that hostile text stays one short line in logs and answers. */
function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
