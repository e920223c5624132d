import { globSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { checkExpression } from '../app/check-expression.ts';
import { parseRuleFile, type RuleGroupSpec } from '../rules/rule-file.ts';
import { type FileProblem, formatProblem } from '../runtime/yaml-file.ts';
import { type Command, parseOptions, type Terminal, textOption, UsageError } from './command.ts';
import { type CaseResult, runTestGroup } from './rule-tests/run-test-group.ts';
import { parseRuleTestFile, type RuleTestFile, type TestGroup } from './rule-tests/test-file.ts';

const DEFAULT_INTERVAL_MS = 60_000;

/** Unit tests of alerting and recording rules in promtool's format, on the engine and the rules that the console runs. */
export const testRulesCommand: Command = {
  name: 'test rules',
  usage: 'test rules [--run REGEX] FILE…',
  summary: 'Run unit tests of rules (the format of promtool).',
  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, { run: { type: 'string' } });
    if (positionals.length === 0) {
      throw new UsageError('name at least one test file');
    }
    const tally = new Tally(terminal);
    for (const file of positionals) {
      await testFile(file, { terminal, tally, only: new RegExp(textOption(values, 'run') ?? '') });
    }
    return tally.finish();
  },
};

class Tally {
  readonly #terminal: Terminal;
  readonly #skipped = new Map<string, number>();
  #passed = 0;
  #failed = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  fail(text: string): void {
    this.#failed += 1;
    this.#terminal.write(`FAIL ${text.replaceAll('\n', '\n     ')}\n`);
  }

  add(place: string, { title, complaint, skipped }: CaseResult): void {
    if (skipped !== undefined) {
      this.#skipped.set(skipped, (this.#skipped.get(skipped) ?? 0) + 1);
    } else if (complaint === null) {
      this.#passed += 1;
    } else {
      this.fail(`${place}: ${title}: ${complaint}`);
    }
  }

  finish(): number {
    for (const [reason, count] of this.#skipped) {
      this.#terminal.write(`skipped ${count}: ${reason}\n`);
    }
    this.#terminal.write(`${this.#passed} passed, ${this.#failed} failed\n`);
    return this.#failed === 0 ? 0 : 1;
  }
}

interface Setting {
  readonly terminal: Terminal;
  readonly tally: Tally;
  /** Runs only the tests with such a name. */
  readonly only: RegExp;
}

async function testFile(name: string, { terminal, tally, only }: Setting): Promise<void> {
  const parsed = parseRuleTestFile(name, readFileSync(resolve(terminal.cwd, name), 'utf8'));
  if (!parsed.ok) {
    failEach(parsed.problems, tally);
    return;
  }
  const file = parsed.value;
  const tests = file.spec.tests.map((test, index) => ({ test, index })).filter(({ test }) => only.test(test.name ?? ''));
  for (const { test, index } of tests) {
    const groups = readGroups(file, test, terminal);
    if (!groups.ok) {
      failEach(groups.problems, tally);
      return;
    }
    const results = await runTestGroup({
      test,
      series: file.series[index] ?? [],
      groups: groups.value,
      evaluationMs: intervalOf(file),
      fuzzy: file.spec.fuzzy_compare === 'true',
    });
    for (const result of results) {
      const title = test.name === undefined ? '' : ` ${test.name}:`;
      tally.add(`${name}:${file.lineOf('tests', index, ...result.path)}:${title}`.replace(/:$/, ''), result);
    }
  }
}

function failEach(problems: readonly FileProblem[], tally: Tally): void {
  for (const problem of problems) {
    tally.fail(formatProblem(problem));
  }
}

function intervalOf({ spec }: RuleTestFile): number {
  return spec.evaluation_interval || DEFAULT_INTERVAL_MS;
}

type Groups =
  | { readonly ok: true; readonly value: readonly RuleGroupSpec[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** The groups of all rule files that the test names, in the order in which they are to be evaluated. */
function readGroups(file: RuleTestFile, test: TestGroup, terminal: Terminal): Groups {
  const folder = dirname(resolve(terminal.cwd, file.file));
  const groups: RuleGroupSpec[] = [];
  const problems: FileProblem[] = [];
  for (const pattern of file.spec.rule_files) {
    const found = globSync(isAbsolute(pattern) ? pattern : join(folder, pattern)).sort();
    if (found.length === 0) {
      terminal.writeError(`${file.file}: no rule file matches ${pattern}\n`);
    }
    for (const path of found) {
      const defaults = { intervalMs: test.interval ?? intervalOf(file), queryOffsetMs: 0 };
      const parsed = parseRuleFile({ file: path, text: readFileSync(path, 'utf8') }, checkExpression, defaults);
      groups.push(...(parsed.ok ? parsed.groups : []));
      problems.push(...(parsed.ok ? [] : parsed.problems));
    }
  }
  const order = (group: RuleGroupSpec): number => Math.max(0, file.spec.group_eval_order.indexOf(group.name));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: groups.sort((a, b) => order(a) - order(b)) };
}
