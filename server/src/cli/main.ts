import { InvalidFileError } from '../runtime/yaml-file.ts';
import { checkConfigCommand } from './check-config.ts';
import { checkRulesCommand } from './check-rules.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { createTokenCommand } from './create-token.ts';
import { importOpenMetricsCommand } from './import-openmetrics.ts';
import { loginLinkCommand } from './login-link.ts';
import { promqltestCommand } from './promqltest.ts';
import { queryCommand, queryRangeCommand } from './query.ts';
import { scenarioCommand } from './scenario.ts';
import { serveCommand } from './serve.ts';
import { testRulesCommand } from './test-rules.ts';
import { version } from './version.ts';

const COMMANDS: readonly Command[] = [
  serveCommand,
  checkConfigCommand,
  loginLinkCommand,
  createTokenCommand,
  scenarioCommand,
  checkRulesCommand,
  queryRangeCommand,
  queryCommand,
  importOpenMetricsCommand,
  testRulesCommand,
  promqltestCommand,
];

/** Runs the command-line tool and resolves with its exit code. Expected failures are one sentence on standard error. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  if (args.includes('--version')) {
    terminal.write(`tila ${version()}\n`);
    return 0;
  }
  const command = COMMANDS.find((candidate) => startsWith(args, candidate.name));
  if (command === undefined || args.includes('--help')) {
    return help(args, terminal, command);
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

function help(args: readonly string[], terminal: Terminal, command: Command | undefined): number {
  if (command !== undefined) {
    terminal.write(`${command.summary}\n\nusage: tila ${command.usage}\n`);
    return 0;
  }
  const width = Math.max(...COMMANDS.map((each) => each.usage.length));
  const lines = COMMANDS.map((each) => `  ${each.usage.padEnd(width)}  ${each.summary}`);
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
