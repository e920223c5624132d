import { addressOf } from '../app/listen.ts';
import { newLoginUrl } from '../app/operator.ts';
import { type Command, parseOptions, textOption } from './command.ts';
import { CONFIG_OPTIONS, configFor } from './config-option.ts';

/** A new one-time link for a user who lost the first one or the password. */
export const loginLinkCommand: Command = {
  name: 'login-link',
  usage: 'login-link [--user NAME] [--config FILE] [--data-dir FOLDER]',
  summary: 'Print a new one-time sign-in link.',
  async run(args, terminal) {
    const { values } = parseOptions(args, { ...CONFIG_OPTIONS, user: { type: 'string' } });
    const config = configFor(values, terminal.cwd);
    const address = config.file.server.external_url ?? addressOf(config.file.server.listen);
    terminal.write(`${await newLoginUrl(config, textOption(values, 'user') ?? 'admin', address.replace(/\/+$/, ''))}\n`);
    return 0;
  },
};
