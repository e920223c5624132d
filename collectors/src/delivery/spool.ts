import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface SpoolLimits {
  /** Once this much waits, `append` refuses. */
  readonly maxBytes: number;
}

const SUFFIX = '.batch';
const DIGITS = 15;

/**
 * Messages on disk, first in, first out. One file a message, written aside, synced and then renamed, so that a killed
 * process leaves whole messages only. One process at a time may use a folder; a single caller at a time may read.
 */
export class Spool {
  readonly #directory: string;
  readonly #limits: SpoolLimits;
  readonly #waiting: { readonly file: string; readonly bytes: number }[] = [];
  #bytes = 0;
  #next = 1;

  private constructor(directory: string, limits: SpoolLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  /** Creates the folder when needed and picks up what an earlier process left. */
  static async open(directory: string, limits: SpoolLimits): Promise<Spool> {
    const spool = new Spool(directory, limits);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const file of (await readdir(directory)).sort()) {
      if (file.endsWith(SUFFIX)) {
        spool.#add(file, (await stat(join(directory, file))).size);
      } else {
        await rm(join(directory, file), { force: true });
      }
    }
    return spool;
  }

  get messages(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#limits.maxBytes;
  }

  /** Resolves once the message survives a power cut. */
  async append(message: Buffer): Promise<void> {
    const file = `${String(this.#next).padStart(DIGITS, '0')}${SUFFIX}`;
    this.#add(file, message.length);
    const path = join(this.#directory, file);
    try {
      await writeDurably(`${path}.part`, message);
      await rename(`${path}.part`, path);
      await syncDirectory(this.#directory);
    } catch (error) {
      this.#remove(file);
      throw error;
    }
  }

  /** The oldest message, left in place; undefined when there is none. */
  async peek(): Promise<Buffer | undefined> {
    const first = this.#waiting[0];
    return first === undefined ? undefined : readFile(join(this.#directory, first.file));
  }

  /** Drops the oldest message. */
  async drop(): Promise<void> {
    const first = this.#waiting[0];
    if (first !== undefined) {
      await rm(join(this.#directory, first.file), { force: true });
      this.#remove(first.file);
    }
  }

  #add(file: string, bytes: number): void {
    this.#waiting.push({ file, bytes });
    this.#bytes += bytes;
    this.#next = Math.max(this.#next, Number.parseInt(file, 10) + 1);
  }

  #remove(file: string): void {
    const index = this.#waiting.findIndex((each) => each.file === file);
    this.#bytes -= this.#waiting[index]?.bytes ?? 0;
    this.#waiting.splice(index, 1);
  }
}

async function writeDurably(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
