import type { Labels } from '../model/labels.ts';
import type { AnnotatedPart, ShareAnswer } from '../promql/shares.ts';
import type { WireError } from './protocol.ts';
import { ShareLostError } from './share-lost.ts';

/** A share's answer as it crosses threads: series are told by their refs, whose labels every worker can look up. */
export interface WireShare extends Omit<ShareAnswer, 'parts'> {
  readonly parts: readonly WirePart[];
}

interface WirePart extends Omit<AnnotatedPart, 'labels' | 'dropName'> {
  readonly refs: Uint32Array;
  readonly dropName: Uint8Array;
}

export type ShareReply = { readonly answer: WireShare } | { readonly error: WireError };

/** The series of a share, in its order; labels are missing where the series is gone. */
export interface ShareSeries {
  readonly refs: Uint32Array;
  readonly labels: readonly (Labels | undefined)[];
}

/** @throws ShareLostError for a label set that is none of the share's: it has been forgotten and read again */
export function encodeShare({ parts, ...counts }: ShareAnswer, series: ShareSeries): WireShare {
  return {
    ...counts,
    parts: parts.map(({ labels, dropName, ...rest }) => ({
      ...rest,
      refs: refsOf(labels, series),
      dropName: Uint8Array.from(dropName, Number),
    })),
  };
}

/** Both are in the order of the share, and equal label sets are one object. */
function refsOf(labels: readonly Labels[], series: ShareSeries): Uint32Array {
  let place = 0;
  return Uint32Array.from(labels, (each) => {
    while (place < series.labels.length && series.labels[place] !== each) {
      place += 1;
    }
    if (place === series.labels.length) {
      throw new ShareLostError(`${each} is no series of the share`);
    }
    return series.refs[place] ?? 0;
  });
}

/** @throws ShareLostError when a series is not known any more */
export function decodeShare(
  { parts, ...counts }: WireShare,
  labelsOf: (refs: Uint32Array) => ShareSeries['labels'],
): ShareAnswer {
  return {
    ...counts,
    parts: parts.map(({ refs, dropName, ...rest }) => ({
      ...rest,
      labels: labelsOf(refs).map(present),
      dropName: Array.from(dropName, (drops) => drops === 1),
    })),
  };
}

function present(labels: Labels | undefined): Labels {
  if (labels === undefined) {
    throw new ShareLostError('a series of the share is gone');
  }
  return labels;
}

/** The buffers of an answer that can be given away instead of copied. */
export function shareBuffers({ parts }: WireShare): ArrayBuffer[] {
  const columns = parts.flatMap(({ refs, dropName, state }) => [refs, dropName, ...state]);
  return [...new Set(columns.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])))];
}
