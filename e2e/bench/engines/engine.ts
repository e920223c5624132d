import { setTimeout as pause } from 'node:timers/promises';
import type { Program } from '../../harness/program.ts';
import { REMOTE_WRITE_HEADERS } from '../load/remote-write.ts';
import { type Answer, HttpClient } from './http.ts';

/** What an engine does besides keeping what it is sent. */
export interface EngineSetup {
  /** Address and labels of what it scrapes itself. */
  readonly scrape?: { readonly intervalSeconds: number; readonly groups: readonly ScrapeGroup[] };
  /** A rule file's text; empty for none. */
  readonly rules?: string;
}

export interface ScrapeGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface DiskUse {
  /** Bytes of compacted samples and their index. */
  readonly data: number;
  /** Bytes of what is replayed after a crash. */
  readonly log: number;
  /** Bytes that are free for reuse inside its files. */
  readonly free: number;
}

/** A store that speaks remote write and the Prometheus query API, as a process of its own in a folder of its own. */
export abstract class Engine implements AsyncDisposable {
  abstract readonly name: string;
  readonly #http = new HttpClient();
  readonly #endWithBench = (): void => {
    if (this.program !== undefined && !this.program.hasEnded()) {
      process.kill(this.program.pid, 'SIGKILL');
    }
  };
  protected program: Program | undefined;

  abstract readonly version: string;
  /** A bench that is interrupted leaves no engine behind. */
  constructor() {
    process.once('exit', this.#endWithBench);
  }

  protected abstract get base(): string;
  protected abstract get headers(): Readonly<Record<string, string>>;
  protected get writeHeaders(): Readonly<Record<string, string>> {
    return this.headers;
  }

  /** Starts it, or starts it again on the same folder, and waits until it answers. */
  abstract start(): Promise<void>;
  /** What it has on disk of this many samples. Call after `compact`. */
  abstract diskUse(samples: number): DiskUse;
  /** Brings what it holds into the form in which it stays. */
  abstract compact(): Promise<void>;
  /** Takes other rules without a restart. */
  abstract setRules(rules: string): Promise<void>;

  /** Makes what was just written visible to queries. */
  async flush(): Promise<void> {}

  get pid(): number {
    return this.program?.pid ?? 0;
  }

  get output(): string {
    return this.program?.output ?? '';
  }

  get(path: string): Promise<Answer> {
    return this.#http.send(`${this.base}${path}`, { headers: this.headers });
  }

  post(path: string): Promise<Answer> {
    return this.#http.send(`${this.base}${path}`, { method: 'POST', headers: this.headers });
  }

  /** Sends a remote write request until it is taken. @throws Error when it is refused for good. */
  async write(body: Uint8Array): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const { status, body: answer } = await this.#http.send(`${this.base}/api/v1/write`, {
        method: 'POST',
        headers: { ...this.writeHeaders, ...REMOTE_WRITE_HEADERS },
        body,
      });
      if (status < 300) {
        return;
      }
      const isBusy = status === 429 || status === 503;
      if (!isBusy || attempt === 100) {
        throw new Error(`${this.name} refused a remote write request: ${status} ${answer.toString().slice(0, 500)}`);
      }
      await pause(100);
    }
  }

  /** @throws Error on any other answer than success. */
  async query(expr: string, atMs: number): Promise<Answer> {
    return this.#asked(`/api/v1/query?query=${encodeURIComponent(expr)}&time=${atMs / 1000}`);
  }

  async queryRange(expr: string, range: { startMs: number; endMs: number; stepMs: number }): Promise<Answer> {
    const { startMs, endMs, stepMs } = range;
    const times = `start=${startMs / 1000}&end=${endMs / 1000}&step=${stepMs / 1000}`;
    return this.#asked(`/api/v1/query_range?query=${encodeURIComponent(expr)}&${times}`);
  }

  async #asked(path: string): Promise<Answer> {
    const answer = await this.get(path);
    if (answer.status !== 200) {
      throw new Error(`${this.name}: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    }
    return answer;
  }

  protected async ready(path: string, withinMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
      const answer = await this.get(path).catch(() => undefined);
      if (answer?.status === 200) {
        return;
      }
      if (this.program?.hasEnded() === true) {
        break;
      }
      await pause(20);
    }
    throw new Error(`${this.name} did not start; it printed:\n${this.output.slice(-2000)}`);
  }

  async kill(): Promise<void> {
    await this.program?.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.program?.stop('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    process.off('exit', this.#endWithBench);
    this.#http[Symbol.dispose]();
  }
}
