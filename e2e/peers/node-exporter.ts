import { eventually } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';
import { freePort } from './free-port.ts';

/** Debian's node_exporter on a port it keeps over restarts. */
export class NodeExporter implements AsyncDisposable {
  readonly address: string;
  #program: Program | undefined;

  private constructor(address: string) {
    this.address = address;
  }

  static async start(): Promise<NodeExporter> {
    const exporter = new NodeExporter(`127.0.0.1:${await freePort()}`);
    await exporter.start();
    return exporter;
  }

  /** Starts, or starts again, and waits until it answers. */
  async start(): Promise<void> {
    const program = new Program('prometheus-node-exporter', [`--web.listen-address=${this.address}`]);
    this.#program = program;
    await eventually('node_exporter answers', async () => (await fetch(`http://${this.address}/metrics`)).ok);
  }

  async stop(): Promise<void> {
    await this.#program?.stop('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }
}
