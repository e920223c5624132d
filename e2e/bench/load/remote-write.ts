import { compress } from 'snappyjs';
import { LINES_PER_TARGET, type Population } from './population.ts';
import { TARGET_LINES } from './target-lines.ts';

/** Which samples go into one request: whole targets, and some slots of each. */
export interface Batch {
  readonly targets: readonly number[];
  readonly fromSlot: number;
  /** Not included. */
  readonly toSlot: number;
}

export const REMOTE_WRITE_HEADERS = {
  'Content-Type': 'application/x-protobuf',
  'Content-Encoding': 'snappy',
  'X-Prometheus-Remote-Write-Version': '0.1.0',
} as const;

const SAMPLE_BYTES = 18;

/** Remote write 1.0 requests of a population. Like the population it must be asked for slots in order. */
export class RemoteWriteEncoder {
  readonly #population: Population;
  readonly #labels = new Map<number, { readonly generation: number; readonly lines: readonly Buffer[] }>();
  #buffer = Buffer.allocUnsafe(1 << 20);
  #at = 0;

  constructor(population: Population) {
    this.#population = population;
  }

  /** The compressed body of one request. */
  encode({ targets, fromSlot, toSlot }: Batch): Uint8Array {
    this.#at = 0;
    for (const target of targets) {
      for (let slot = fromSlot; slot < toSlot; ) {
        slot = this.#encodeGeneration(target, slot, toSlot);
      }
    }
    return compress(new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#at));
  }

  /** The slots of one target until the next replacement. Returns the slot after the last. */
  #encodeGeneration(target: number, fromSlot: number, toSlot: number): number {
    const generation = this.#population.generationOf(target, fromSlot);
    let end = fromSlot + 1;
    while (end < toSlot && this.#population.generationOf(target, end) === generation) {
      end += 1;
    }
    const count = end - fromSlot;
    const rows = Array.from({ length: count }, (_, index) => {
      const row = new Float64Array(LINES_PER_TARGET);
      this.#population.values(target, fromSlot + index, row);
      return row;
    });
    const times = rows.map((_, index) => encodedTime(this.#population.timeOf(target, fromSlot + index)));
    const lines = this.#linesOf(target, generation);
    for (const [column, labels] of lines.entries()) {
      this.#series(labels, rows, { times, column });
    }
    return end;
  }

  #series(
    labels: Buffer,
    rows: readonly Float64Array[],
    { times, column }: { readonly times: readonly Buffer[]; readonly column: number },
  ): void {
    const length = labels.length + rows.length * SAMPLE_BYTES;
    this.#reserve(length + 10);
    const buffer = this.#buffer;
    buffer[this.#at] = 0x0a; // timeseries
    let at = writeVarint(buffer, this.#at + 1, length);
    at += labels.copy(buffer, at);
    for (const [index, row] of rows.entries()) {
      buffer[at] = 0x12; // samples
      buffer[at + 1] = SAMPLE_BYTES - 2;
      buffer[at + 2] = 0x09; // value
      buffer.writeDoubleLE(row[column] ?? 0, at + 3);
      buffer[at + 11] = 0x10; // timestamp
      times[index]?.copy(buffer, at + 12);
      at += SAMPLE_BYTES;
    }
    this.#at = at;
  }

  #linesOf(target: number, generation: number): readonly Buffer[] {
    const known = this.#labels.get(target);
    if (known?.generation === generation) {
      return known.lines;
    }
    const lines = TARGET_LINES.map((line) =>
      encodedLabels({ __name__: line.name, ...this.#population.labelsOf(target, generation, line) }),
    );
    this.#labels.set(target, { generation, lines });
    return lines;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
      this.#buffer.copy(larger, 0, 0, this.#at);
      this.#buffer = larger;
    }
  }
}

/** Six bytes: any time between 1971 and 2109. */
function encodedTime(timeMs: number): Buffer {
  const buffer = Buffer.alloc(6);
  writeVarint(buffer, 0, timeMs);
  return buffer;
}

function encodedLabels(labels: Readonly<Record<string, string>>): Buffer {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([name, value]) => field(0x0a, Buffer.concat([text(0x0a, name), text(0x12, value)]))));
}

const text = (tag: number, value: string): Buffer => field(tag, Buffer.from(value));

function field(tag: number, content: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head[0] = tag;
  return Buffer.concat([head.subarray(0, writeVarint(head, 1, content.length)), content]);
}

/** Base-128 of a whole number below 2^53. Returns where it ends. */
function writeVarint(output: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  while (left >= 128) {
    output[at++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  output[at++] = left;
  return at;
}
