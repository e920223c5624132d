import { z } from 'zod';
import { newToken } from '../app/operator.ts';
import { type Command, parseOptions, UsageError } from './command.ts';
import { CONFIG_OPTIONS, configFor } from './config-option.ts';

const Request = z.object({
  name: z.string('--name says what the token is for').min(1).max(100),
  role: z.enum(['viewer', 'responder', 'admin'], '--role is viewer, responder or admin').default('viewer'),
  scope: z.enum(['api', 'ingest'], '--scope is api or ingest').default('api'),
});

/** An API token for a script, a Prometheus that scrapes /metrics, or a collector that runs apart. */
export const createTokenCommand: Command = {
  name: 'token create',
  usage: 'token create --name TEXT [--role viewer|responder|admin] [--scope api|ingest] [--config FILE] [--data-dir DIR]',
  summary: 'Print a new API token; it is shown this once.',
  async run(args, terminal) {
    const text = { type: 'string' } as const;
    const { values } = parseOptions(args, { ...CONFIG_OPTIONS, name: text, role: text, scope: text });
    const request = Request.safeParse(values);
    if (!request.success) {
      throw new UsageError(request.error.issues.map(({ message }) => message).join('; '));
    }
    terminal.write(`${await newToken(configFor(values, terminal.cwd), request.data)}\n`);
    return 0;
  },
};
