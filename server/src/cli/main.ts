import { InvalidFileError } from '../runtime/yaml-file.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { serveCommand } from './serve.ts';
import { version } from './version.ts';

/** Runs the command-line tool and resolves with its exit code. Expected failures are one sentence on standard error. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  if (args.includes('--version')) {
    terminal.write(`tila ${version()}\n`);
    return 0;
  }
  const commands = await commandsFor(args);
  const command = commands.find((candidate) => startsWith(args, candidate.name));
  if (command === undefined || args.includes('--help')) {
    return help({ args, terminal, command, commands });
  }
  try {
    return await command.run(args.slice(command.name.split(' ').length), terminal);
  } catch (error) {
    return explain(error, terminal, command);
  }
}

function explain(error: unknown, terminal: Terminal, command: Command): number {
  if (error instanceof UsageError) {
    terminal.writeError(`tila: ${error.message}\nusage: tila ${command.usage}\n`);
    return 2;
  }
  if (error instanceof InvalidFileError) {
    terminal.writeError(`${error.message}\n`);
    return 1;
  }
  terminal.writeError(`tila: ${reasonOf(error)}\n`);
  return 1;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check its name and the folder you are in',
  EISDIR: 'is a folder; name the files in it',
  ENOTDIR: 'lies below something that is no folder',
  EACCES: 'may not be read or written by this user',
};

/** In words that tell what to do where Node has only a code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = 'code' in error ? String(error.code) : '';
  const problem = Object.hasOwn(FILE_PROBLEMS, code) ? FILE_PROBLEMS[code] : undefined;
  if (problem === undefined) {
    return error.message;
  }
  return `${'path' in error ? String(error.path) : 'the file that is named'} ${problem}`;
}

/** The console starts without the modules of the others. */
async function commandsFor(args: readonly string[]): Promise<readonly Command[]> {
  return args[0] === serveCommand.name ? [serveCommand] : [serveCommand, ...(await import('./other-commands.ts')).OTHER_COMMANDS];
}

interface HelpRequest {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly command: Command | undefined;
  readonly commands: readonly Command[];
}

function help({ args, terminal, command, commands }: HelpRequest): number {
  if (command !== undefined) {
    terminal.write(`${command.summary}\n\nusage: tila ${command.usage}\n`);
    return 0;
  }
  const width = Math.max(...commands.map((each) => each.usage.length));
  const lines = commands.map((each) => `  ${each.usage.padEnd(width)}  ${each.summary}`);
  const text = `Tila, the state of your platform.\n\nusage: tila COMMAND\n\n${lines.join('\n')}\n  ${'--help, --version'.padEnd(width)}  This text; the version.\n`;
  const asked = args.length === 0 || args.includes('--help');
  (asked ? terminal.write : terminal.writeError)(asked ? text : `tila: there is no command "${args.join(' ')}"\n\n${text}`);
  return asked ? 0 : 2;
}

function startsWith(args: readonly string[], name: string): boolean {
  return name.split(' ').every((word, index) => args[index] === word);
}

function processTerminal(): Terminal {
  return {
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
  };
}
