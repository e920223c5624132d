import { parseArgs } from 'node:util';

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'];

/** What a command may use of the terminal and the machine. */
export interface Terminal {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** One command of the tool. `run` resolves with the exit code: 0 good, 1 the answer is no, 2 wrong usage. */
export interface Command {
  /** The words that call it: `check config`. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Wrong usage: shown with the command's usage line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options and positional arguments. @throws UsageError naming the option that is unknown or lacks its value. */
export function parseOptions(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The text of a string option, if given. */
export function textOption(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
