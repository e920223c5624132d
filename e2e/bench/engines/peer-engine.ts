import { Folder } from '../../harness/folders.ts';
import { Program } from '../../harness/program.ts';
import { Engine, type EngineSetup } from './engine.ts';
import { freePort } from './http.ts';

/** One of the programs that Tila is compared with: a binary of this machine with a folder of its own. */
export abstract class PeerEngine extends Engine {
  protected readonly folder: Folder;
  readonly #binary: string;
  #port = 0;

  constructor(binary: string, files: ConstructorParameters<typeof Folder>[0]) {
    super();
    this.#binary = binary;
    this.folder = new Folder(files);
  }

  protected get base(): string {
    return `http://${this.address}`;
  }

  protected get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  protected get headers(): Readonly<Record<string, string>> {
    return {};
  }

  /** The arguments of the program, which listens on `address`. */
  protected abstract arguments(): readonly string[];

  protected async run(readyPath: string, timeoutMs?: number): Promise<void> {
    this.#port = await freePort();
    this.program = new Program(this.#binary, [...this.arguments()]);
    await this.ready(readyPath, timeoutMs);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** The part of a Prometheus configuration that scrapes the bench's targets; JSON is YAML. */
export function scrapeConfigs({ scrape }: EngineSetup): readonly object[] {
  if (scrape === undefined) {
    return [];
  }
  const interval = `${scrape.intervalSeconds}s`;
  const groups = scrape.groups.map(({ targets, labels }) => ({ targets, labels }));
  return [{ job_name: 'bench', honor_labels: true, scrape_interval: interval, scrape_timeout: interval, static_configs: groups }];
}
