import type { Labels } from '../../model/labels.ts';
import type { AppendRequest } from '../../model/series-store.ts';

/** Cuts large append requests into parts. Equal columns of labels are cut into equal parts, the same arrays each time. */
export class RequestParts {
  readonly #rows: number;
  readonly #labels = new WeakMap<readonly Labels[], readonly (readonly Labels[])[]>();

  /** @param rows of one part at most */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** The request as parts in order, of about equal size. The watermark is the last one's, metadata the first one's. */
  of(request: AppendRequest): readonly AppendRequest[] {
    const { rows, metadata, watermarkMs, source } = request;
    if (rows.labels.length <= this.#rows) {
      return [request];
    }
    const parts = this.#labelsOf(rows.labels);
    let from = 0;
    return parts.map((labels, part) => {
      const start = from;
      from += labels.length;
      return {
        source,
        rows: { labels, timestamps: slice(rows.timestamps, start, from), values: slice(rows.values, start, from) },
        ...(part === 0 && metadata !== undefined && { metadata }),
        ...(part === parts.length - 1 && watermarkMs !== undefined && { watermarkMs }),
      };
    });
  }

  #labelsOf(labels: readonly Labels[]): readonly (readonly Labels[])[] {
    const known = this.#labels.get(labels);
    if (known !== undefined) {
      return known;
    }
    const count = Math.ceil(labels.length / this.#rows);
    const at = (part: number): number => Math.round((part * labels.length) / count);
    const parts = Array.from({ length: count }, (_, part) => labels.slice(at(part), at(part + 1)));
    this.#labels.set(labels, parts);
    return parts;
  }
}

function slice(column: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  return column instanceof Float64Array ? column.subarray(from, to) : Array.prototype.slice.call(column, from, to);
}
