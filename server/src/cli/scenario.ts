import { demoControl } from '../app/adapters/demo-control.ts';
import { type Command, parseOptions, textOption, UsageError } from './command.ts';

const DEFAULT_ESTATE = 'http://127.0.0.1:9640';

/** Lists or starts scripted outages of the running demo estate. */
export const scenarioCommand: Command = {
  name: 'scenario',
  usage: 'scenario [NAME] [--estate URL]',
  summary: 'List the demo outages, or start one.',
  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, { estate: { type: 'string' } });
    const estate = textOption(values, 'estate') ?? DEFAULT_ESTATE;
    const demo = demoControl(estate, globalThis.fetch);
    const [name] = positionals;
    const known = await Promise.resolve(demo.scenarios()).catch(() => {
      throw new Error(`no demo estate answers at ${estate}; start it with "npm start", or name it with --estate`);
    });
    if (name === undefined) {
      terminal.write(known.map((each) => `${each.name}${each.running ? ' (running)' : ''}: ${each.title}\n`).join(''));
      return 0;
    }
    if ((await demo.trigger(name)) === undefined) {
      throw new UsageError(`there is no scenario "${name}"; there are ${known.map((each) => each.name).join(', ')}`);
    }
    terminal.write(`${name} has begun\n`);
    return 0;
  },
};
