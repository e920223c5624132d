// The demo estate as a process of its own: `node collectors/src/simulator/main.ts --port 0`. Prints one line of JSON with every
// address when it is ready; stops on SIGTERM, SIGINT, or when the process that forked it goes away.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CommandLine, CommandLineError, parseCommandLine, USAGE } from './command-line.ts';
import { type SimulatorClock, startSimulator } from './simulator.ts';

const clock: SimulatorClock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

async function run(options: CommandLine): Promise<void> {
  const simulator = await startSimulator({ ...options, clock });
  const stop = (): void => {
    // Nothing here is worth waiting for: a client that will not let go of its connection must not hold up Ctrl-C.
    setTimeout(() => process.exit(0), 500).unref();
    simulator[Symbol.asyncDispose]().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
    process.once(signal, stop);
  }
  announce({ ready: true, pid: process.pid, ...simulator.addresses }, options.readyFile);
}

function announce(addresses: object, readyFile: string | undefined): void {
  const line = `${JSON.stringify(addresses)}\n`;
  if (readyFile !== undefined) {
    mkdirSync(dirname(readyFile), { recursive: true });
    writeFileSync(`${readyFile}.new`, line);
    renameSync(`${readyFile}.new`, readyFile);
  }
  process.stdout.write(line);
}

function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`demo estate: ${reason}\n${error instanceof CommandLineError ? `\n${USAGE}` : ''}`);
  process.exitCode = 1;
}

if (process.argv.includes('--help')) {
  process.stdout.write(USAGE);
} else {
  try {
    await run(parseCommandLine(process.argv.slice(2)));
  } catch (error) {
    fail(error);
  }
}
