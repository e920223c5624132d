import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { RemoteStore, type RemoteStoreOptions } from './remote-store.ts';

/** How to run a real engine for a test. */
export interface Engine {
  readonly program: string;
  readonly args: (context: { readonly folder: string; readonly address: string }) => readonly string[];
  /** Asked until it answers 2xx. */
  readonly readyPath: string;
  /** Asked to make what was written readable. */
  readonly flushPath?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly readBy: RemoteStoreOptions['readBy'];
}

/** A real engine with a folder of its own, and a store on it. */
export class EngineFixture implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tila-engine-'));
  readonly #engine: Engine;
  #child: ChildProcess | undefined;
  #store: RemoteStore | undefined;
  #url = '';

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  static async start(engine: Engine): Promise<EngineFixture> {
    const fixture = new EngineFixture(engine);
    for (const [name, text] of Object.entries(engine.files ?? {})) {
      writeFileSync(join(fixture.folder, name), text);
    }
    const address = `127.0.0.1:${await freePort()}`;
    fixture.#url = `http://${address}`;
    fixture.#child = spawn(engine.program, engine.args({ folder: fixture.folder, address }), { stdio: 'ignore' });
    await fixture.#ready();
    const endpoint = { headers: () => ({}), timeoutMs: 10_000 };
    fixture.#store = new RemoteStore({
      folder: join(fixture.folder, 'tila'),
      write: { ...endpoint, url: `${fixture.#url}/api/v1/write` },
      read: { ...endpoint, url: fixture.#url },
      readBy: engine.readBy,
      clock: systemClock,
      logger: silentLogger,
      fetch,
      random: Math.random,
    });
    return fixture;
  }

  get store(): RemoteStore {
    if (this.#store === undefined) {
      throw new Error('the engine has not started');
    }
    return this.#store;
  }

  /** Everything appended can be read afterwards. */
  async settle(): Promise<void> {
    await this.store.flush();
    if (this.#engine.flushPath !== undefined) {
      await fetch(this.#url + this.#engine.flushPath);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    if (this.#child !== undefined && this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      const response = await fetch(this.#url + this.#engine.readyPath).catch(() => undefined);
      if (response?.ok === true) {
        return;
      }
      await pause(50);
    }
    throw new Error(`${this.#engine.program} does not get ready`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('a TCP server has no port');
  }
  return address.port;
}
