import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The command-line tool, as `npx tila` runs it. */
export function tila(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  return new Program(join(ROOT, 'node_modules/.bin/node'), ['server/bin/tila.mjs', ...args], env);
}

/** A program under test, started as a process of its own. Everything it prints is kept, for assertions and for the error of a failed start. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';
  #isClosed = false;
  readonly #listeners = new Set<() => void>();

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += chunk;
        this.#wake();
      });
    }
    this.#child.once('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Resolves with the first match of what the program prints; rejects when it ends or the time is over first. */
  async printed(pattern: RegExp, withinMs = 30_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) {
        return match;
      }
      if (this.hasEnded() || Date.now() > deadline) {
        throw new Error(`the program never printed ${pattern}; it printed:\n${this.#output.slice(-4000)}`);
      }
      await this.#somethingHappens(deadline);
    }
  }

  /** Waits until it ends by itself. Resolves with the exit code, -1 when a signal ended it; rejects when the time is over first. */
  async ended(withinMs = 30_000): Promise<number> {
    const deadline = Date.now() + withinMs;
    while (!this.hasEnded() && Date.now() <= deadline) {
      await this.#somethingHappens(deadline);
    }
    if (!this.hasEnded()) {
      throw new Error(`the program did not end; it printed:\n${this.#output.slice(-4000)}`);
    }
    return this.#child.exitCode ?? -1;
  }

  /** Has ended, and everything it printed was read. */
  hasEnded(): boolean {
    return this.#isClosed;
  }

  /** Sends a signal and waits for the end. Returns how long that took. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number> {
    const startedAt = Date.now();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill(signal);
      await ended;
    }
    return Date.now() - startedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** A signal that does not end it, such as SIGHUP. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #somethingHappens(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(deadline - Date.now(), 1));
      this.#listeners.add(done);
    });
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}
