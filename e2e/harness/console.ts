import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, tila } from './program.ts';

const LOGIN_LINK = /sign in once with (http\S+)/;

export interface ConsoleFiles {
  /** tila.yaml without the server section. */
  readonly config: string;
  readonly rules: string;
  readonly routing: string;
  /** Dashboard files by name, when the test needs its own. */
  readonly dashboards?: Readonly<Record<string, string>>;
}

/** A console of its own in a folder of its own, as a process. Keeps the folder over restarts; disposing removes it. */
export class Console implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tila-e2e-'));
  readonly #env: Readonly<Record<string, string>>;
  readonly #options: readonly string[];
  #program: Program | undefined;
  #url = '';
  #cookie = '';

  constructor(files: ConsoleFiles, env: Readonly<Record<string, string>> = {}, options: readonly string[] = []) {
    this.#env = env;
    this.#options = options;
    mkdirSync(join(this.folder, 'dashboards'));
    writeFileSync(join(this.folder, 'tila.yaml'), `server:\n  listen: 127.0.0.1:0\n  data_dir: data\n${files.config}`);
    writeFileSync(join(this.folder, 'rules.yaml'), files.rules);
    writeFileSync(join(this.folder, 'routing.yaml'), files.routing);
    for (const [name, text] of Object.entries(files.dashboards ?? {})) {
      writeFileSync(join(this.folder, 'dashboards', name), text);
    }
  }

  get url(): string {
    return this.#url;
  }

  /** The one-time link this start printed; '' when it printed none. It comes right after the word that it is ready. */
  get loginUrl(): string {
    return LOGIN_LINK.exec(this.program.output)?.[1] ?? '';
  }

  /** Writes one of its files again, for a reload. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  get program(): Program {
    if (this.#program === undefined) {
      throw new Error('the console is not running');
    }
    return this.#program;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    const program = tila(['serve', '--config', join(this.folder, 'tila.yaml'), ...this.#options], this.#env);
    this.#program = program;
    this.#url = (await program.printed(/ready at (http:\S+)/))[1] ?? '';
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number> {
    return this.program.stop(signal);
  }

  /** Trades the one-time link for a session, for requests of the test itself. */
  async signIn(): Promise<string> {
    const [, link = ''] = await this.program.printed(LOGIN_LINK);
    const token = link.split('#')[1] ?? '';
    const response = await fetch(`${this.#url}/api/session/once`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: this.#url },
      body: JSON.stringify({ token }),
    });
    if (!response.ok) {
      throw new Error(`sign-in failed: ${response.status} ${await response.text()}`);
    }
    this.#cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    return this.#cookie;
  }

  /** A request of the signed-in test. Rejects on any other status than 2xx. */
  async api<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { Cookie: this.#cookie, Origin: this.#url, 'Content-Type': 'application/json', ...init.headers };
    const response = await fetch(`${this.#url}${path}`, { ...init, headers });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T; // the caller names the shape the route is documented to have
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
