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

async function ask(target: Target): Promise<void> {
  const sentAt = performance.now();
  for (let isDone = false; !isDone; ) {
    isDone = await once(target);
  }
  latencies[target.name] = latencies[target.name] ?? [];
  latencies[target.name]?.push(performance.now() - sentAt);
}

/** False when the server had closed the kept connection just then, which is no answer: the request is to be sent again. */
function once({ url, headers }: Target): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) {
          resolve(true);
        } else {
          reject(new Error(`${url} answered ${response.statusCode}`));
        }
      });
    });
    request.once('error', (error) => (request.reusedSocket ? resolve(false) : reject(error)));
  });
}
