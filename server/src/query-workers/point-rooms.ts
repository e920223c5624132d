const MAX_FREE_BYTES = 48 * 1024 * 1024;
const POINTS_STEP = 65_536;

/**
 * Shared memory for the points of rows, used again for the next query: it can be read by other threads as it is, and does not come and
 * go with every query, which would make the garbage collector look at everything a thread has.
 */
export class PointRooms {
  /** Ascending by size. */
  #free: SharedArrayBuffer[] = [];
  #taken: SharedArrayBuffer[] = [];

  take(points: number): Float64Array<SharedArrayBuffer> {
    const bytes = points * Float64Array.BYTES_PER_ELEMENT;
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    const buffer = known ?? new SharedArrayBuffer(Math.ceil(points / POINTS_STEP) * POINTS_STEP * Float64Array.BYTES_PER_ELEMENT);
    this.#taken.push(buffer);
    return new Float64Array(buffer, 0, points);
  }

  /** To be called when nobody looks any more at anything that was put into a room. Keeps some, the smaller ones first. */
  takeBack(): void {
    const all = [...this.#free, ...this.#taken].sort((a, b) => a.byteLength - b.byteLength);
    let bytes = 0;
    this.#taken = [];
    this.#free = all.filter(({ byteLength }) => {
      bytes += byteLength;
      return bytes <= MAX_FREE_BYTES;
    });
  }

  /** Gives the memory back. */
  clear(): void {
    this.#free = [];
  }
}
