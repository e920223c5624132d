import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkExpression } from '../app/check-expression.ts';
import { RULE_DEFAULTS } from '../app/config-files.ts';
import { parseRuleFile } from '../rules/rule-file.ts';
import { formatProblem } from '../runtime/yaml-file.ts';
import { type Command, parseOptions, UsageError } from './command.ts';

/** Checks Prometheus rule files: every problem of every file, with its place. */
export const checkRulesCommand: Command = {
  name: 'check rules',
  usage: 'check rules FILE…',
  summary: 'Report every problem of rule files.',
  async run(args, terminal) {
    const { positionals } = parseOptions(args, {});
    if (positionals.length === 0) {
      throw new UsageError('name at least one rule file');
    }
    let problems = 0;
    for (const file of positionals) {
      const parsed = parseRuleFile(
        { file, text: readFileSync(resolve(terminal.cwd, file), 'utf8') },
        checkExpression,
        RULE_DEFAULTS,
      );
      if (parsed.ok) {
        const rules = parsed.groups.reduce((sum, group) => sum + group.rules.length, 0);
        terminal.write(parsed.warnings.map((warning) => `warning: ${warning}\n`).join(''));
        terminal.write(`${file} is good: ${rules} rules in ${parsed.groups.length} groups\n`);
      } else {
        problems += parsed.problems.length;
        terminal.writeError(parsed.problems.map((problem) => `${formatProblem(problem)}\n`).join(''));
      }
    }
    if (problems > 0) {
      terminal.writeError(`${problems} ${problems === 1 ? 'problem' : 'problems'} found\n`);
    }
    return problems === 0 ? 0 : 1;
  },
};
