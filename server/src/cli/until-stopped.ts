import type { Terminal } from './command.ts';

interface Running {
  readonly terminal: Terminal;
  readonly reload?: () => Promise<readonly string[]>;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** A stop that takes longer is cut short: what was acknowledged is on disk already. */
const STOP_WITHIN_MS = 4500;

/** Resolves at the first stop signal. SIGHUP reloads the configuration meanwhile. */
export function untilStopped({ terminal, reload }: Running): Promise<void> {
  process.on('SIGHUP', () => {
    reload?.().then(
      (problems) =>
        terminal.write(
          problems.length === 0
            ? 'tila: configuration reloaded\n'
            : `tila: configuration not reloaded:\n${problems.join('\n')}\n`,
        ),
      (error: unknown) => terminal.writeError(`tila: reload failed: ${String(error)}\n`),
    );
  });
  return new Promise((resolve) => {
    const stop = (): void => {
      terminal.write('tila: stopping …\n');
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
      resolve();
    };
    let isStopping = false;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (!isStopping) {
          isStopping = true;
          stop();
        }
      });
    }
  });
}
