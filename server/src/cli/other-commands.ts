import { checkConfigCommand } from './check-config.ts';
import { checkRulesCommand } from './check-rules.ts';
import type { Command } from './command.ts';
import { createTokenCommand } from './create-token.ts';
import { importOpenMetricsCommand } from './import-openmetrics.ts';
import { loginLinkCommand } from './login-link.ts';
import { promqltestCommand } from './promqltest.ts';
import { queryCommand, queryRangeCommand } from './query.ts';
import { scenarioCommand } from './scenario.ts';
import { testRulesCommand } from './test-rules.ts';

/** All commands but the one that starts the console, in the order in which they are listed. */
export const OTHER_COMMANDS: readonly Command[] = [
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
