// A process of its own that asks a server for small things at a steady rate, whether answers come or not.
// Argument: JSON { targets: { name, url, headers }[], perSecond, seconds }. Prints JSON: latencies in milliseconds by name.
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Options {
  readonly targets: readonly Target[];
  /** Requests, of all targets together. */
  readonly perSecond: number;
  readonly seconds: number;
}

// The bench that starts it writes exactly this.
const { targets, perSecond, seconds } = JSON.parse(process.argv[2] ?? '{}') as Options;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const latencies: Record<string, number[]> = {};
const pending: Promise<void>[] = [];
const startedAt = performance.now();
for (let n = 0; n < perSecond * seconds; n += 1) {
  const early = startedAt + (n * 1000) / perSecond - performance.now();
  if (early > 1) {
    await pause(early);
  }
  const target = targets[n % targets.length];
  if (target !== undefined) {
    pending.push(ask(target));
  }
}
await Promise.all(pending);
agent.destroy();
process.stdout.write(`${JSON.stringify(latencies)}\n`);

function ask({ name, url, headers }: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    get(url, { agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        latencies[name] = latencies[name] ?? [];
        latencies[name].push(performance.now() - sentAt);
        if (response.statusCode !== 200) {
          reject(new Error(`${url} answered ${response.statusCode}`));
        }
        resolve();
      });
    }).once('error', reject);
  });
}
