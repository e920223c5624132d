import type { LabelSet } from '@tila/contract/labels.ts';
import { METRIC_NAME } from '../model/labels.ts';

export interface LabelLimits {
  readonly maxLabels: number;
  /** In UTF-16 code units. */
  readonly maxNameLength: number;
  readonly maxValueLength: number;
}

export const DEFAULT_LABEL_LIMITS: LabelLimits = { maxLabels: 64, maxNameLength: 256, maxValueLength: 4096 };

/** Why a label set is refused, as a sentence for whoever sends it. */
export function problemOf(labelSet: LabelSet, limits: LabelLimits): string | undefined {
  if (typeof labelSet !== 'object' || labelSet === null) {
    return 'a row has no labels';
  }
  const names = Object.keys(labelSet);
  if (typeof labelSet[METRIC_NAME] !== 'string' || labelSet[METRIC_NAME] === '') {
    return `a series has no metric name (${METRIC_NAME}): ${shown(JSON.stringify(labelSet))}`;
  }
  if (names.length > limits.maxLabels) {
    return `${shown(labelSet[METRIC_NAME])} has ${names.length} labels, at most ${limits.maxLabels} are taken`;
  }
  for (const name of names) {
    const problem = problemOfPair(name, labelSet[name], limits);
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
