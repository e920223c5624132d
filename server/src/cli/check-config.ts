import { checkExpression } from '../app/check-expression.ts';
import { readConfigFiles } from '../app/config-files.ts';
import { loadConfig } from '../config/load-config.ts';
import { InvalidFileError } from '../runtime/yaml-file.ts';
import { type Command, parseOptions, UsageError } from './command.ts';

/** Checks a configuration with everything it names: rules, routing, templates, dashboards. */
export const checkConfigCommand: Command = {
  name: 'check config',
  usage: 'check config FILE',
  summary: 'Report every problem of a configuration and the files it names.',
  async run(args, terminal) {
    const [file, ...others] = parseOptions(args, {}).positionals;
    if (file === undefined || others.length > 0) {
      throw new UsageError('name one configuration file');
    }
    try {
      const config = loadConfig(file);
      const { rules, dashboards } = readConfigFiles(config, { env: terminal.env, check: checkExpression });
      terminal.write(
        `${file} is good: ${config.file.sources.length} sources, ${rules.length} rule files, ${dashboards.length} dashboards\n`,
      );
      return 0;
    } catch (error) {
      if (error instanceof InvalidFileError) {
        terminal.writeError(
          `${error.message}\n${error.problems.length} ${error.problems.length === 1 ? 'problem' : 'problems'} found\n`,
        );
        return 1;
      }
      throw error;
    }
  },
};
