import { newLoginLink } from '../app/login-link.ts';
import { type Command, parseOptions, textOption } from './command.ts';
import { configFor } from './config-option.ts';

/** Makes a new one-time link for a user who lost the first one or the password. Works beside a running console. */
export const loginLinkCommand: Command = {
  name: 'login-link',
  usage: 'login-link [--user NAME] [--config FILE]',
  summary: 'Print a new one-time sign-in link.',
  async run(args, terminal) {
    const { values } = parseOptions(args, {
      user: { type: 'string' },
      config: { type: 'string' },
      'data-dir': { type: 'string' },
    });
    const config = configFor(values, terminal);
    terminal.write(`${await newLoginLink(config, textOption(values, 'user') ?? 'admin')}\n`);
    return 0;
  },
};
