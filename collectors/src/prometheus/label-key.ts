import type { LabelSet } from '@tila/contract/labels.ts';

/** Canonical text of a label set: equal for equal sets whatever their order. Label values hold no lone surrogates, so it is unambiguous. */
export function labelKey(labels: LabelSet): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}\udfff${labels[name]}`)
    .join('\udfff');
}
