import type { Block } from './block-codec.ts';

/** Bytes counted for a block that is only known to be damaged, and for what belongs to any. */
const ENTRY_BYTES = 256;

/** Decompressed blocks kept for the next reader, those not asked for the longest going first. Blocks never change, so none gets old. */
export class BlockCache {
  readonly #maxBytes: number;
  /** Least recently used first; `null` marks a damaged block that has been reported. */
  readonly #blocks = new Map<number, { readonly block: Block | null; readonly bytes: number }>();
  #bytes = 0;
  #wasAsked = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: number): Block | null | undefined {
    this.#wasAsked = true;
    const known = this.#blocks.get(id);
    if (known !== undefined) {
      this.#blocks.delete(id);
      this.#blocks.set(id, known);
    }
    return known?.block;
  }

  set(id: number, block: Block | null): void {
    this.delete(id);
    const bytes = ENTRY_BYTES + (block?.byteLength ?? 0);
    this.#blocks.set(id, { block, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= this.#maxBytes) {
        return;
      }
      this.delete(oldest);
    }
  }

  delete(id: number): void {
    this.#bytes -= this.#blocks.get(id)?.bytes ?? 0;
    this.#blocks.delete(id);
  }

  /** Lets everything go that is no mark of damage. */
  clear(): void {
    for (const [id, { block }] of this.#blocks) {
      if (block !== null) {
        this.delete(id);
      }
    }
  }

  /** To be called every few minutes: lets everything go when nobody has asked for anything since the last call. */
  clearWhenIdle(): void {
    if (!this.#wasAsked) {
      this.clear();
    }
    this.#wasAsked = false;
  }
}
