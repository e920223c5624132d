import type { MatrixSeries, QueryResult, ResultSeries } from '../promql/engine.ts';
import { answerTooLarge } from '../promql/errors.ts';

/** How large an answer may be, and whether anybody waits for it still. */
export interface AnswerBounds {
  readonly maxBytes?: number;
  /** Throws when the answer is not wanted any more. */
  readonly checkpoint?: () => void;
}

const CHECKPOINT_BYTES = 1 << 20;

/**
 * The bytes of an answer, put together piece by piece: no text is ever as long as the whole answer, which V8 may refuse to hold.
 * @throws QueryLimitError from the first byte above the bound on
 */
export class AnswerBytes {
  readonly #bounds: AnswerBounds;
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #sinceCheckpoint = 0;

  constructor(bounds: AnswerBounds) {
    this.#bounds = bounds;
  }

  add(text: string): void {
    const part = Buffer.from(text);
    const { maxBytes = Number.POSITIVE_INFINITY, checkpoint } = this.#bounds;
    this.#length += part.length;
    if (this.#length > maxBytes) {
      throw answerTooLarge(maxBytes);
    }
    this.#sinceCheckpoint += part.length;
    if (this.#sinceCheckpoint > CHECKPOINT_BYTES) {
      this.#sinceCheckpoint = 0;
      checkpoint?.();
    }
    this.#parts.push(part);
  }

  /** In a buffer of its own, which can be given to another thread; Buffer's pool cannot. */
  build(): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }
}

/** The result, when its points and texts together stay within the bound. @throws QueryLimitError */
export function withinBytes(result: QueryResult, maxBytes: number): QueryResult {
  if (bytesOf(result) > maxBytes) {
    throw answerTooLarge(maxBytes);
  }
  return result;
}

function bytesOf(result: QueryResult): number {
  switch (result.kind) {
    case 'string':
      return result.value.length;
    case 'scalar':
      return result.values.byteLength;
    case 'vector':
      return result.series.reduce((sum, series) => sum + seriesBytes(series), 0);
    case 'matrix':
      return result.series.reduce((sum, series) => sum + seriesBytes(series) + series.timestamps.byteLength, 0);
  }
}

function seriesBytes({ labels, values }: ResultSeries | MatrixSeries): number {
  let bytes = values.byteLength;
  for (const [name, value] of labels.entries()) {
    bytes += name.length + value.length;
  }
  return bytes;
}
