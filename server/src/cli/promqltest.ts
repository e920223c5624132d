import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type PromqltestReport, runPromqltest } from '../promql/conformance/promqltest.ts';
import { type Command, parseOptions, type Terminal, UsageError } from './command.ts';

/** Runs `.test` scripts, the language in which Prometheus writes down what its PromQL does, on Tila's engine. */
export const promqltestCommand: Command = {
  name: 'promqltest',
  usage: 'promqltest FILE…',
  summary: "Run Prometheus' .test scripts on Tila's engine.",
  async run(args, terminal) {
    const { positionals } = parseOptions(args, {});
    if (positionals.length === 0) {
      throw new UsageError('name at least one .test script');
    }
    const total = new Total();
    for (const file of positionals) {
      total.add(file, await runPromqltest(readFileSync(resolve(terminal.cwd, file), 'utf8')));
    }
    total.print(terminal);
    return total.failures.length === 0 ? 0 : 1;
  },
};

class Total {
  readonly failures: string[] = [];
  readonly #skipped = new Map<string, number>();
  #passed = 0;

  add(file: string, { passed, failed, skipped }: PromqltestReport): void {
    this.#passed += passed;
    this.failures.push(...failed.map(({ line, expr, complaint }) => `${file}:${line}: ${expr}: ${complaint}`));
    for (const [reason, count] of Object.entries(skipped)) {
      this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
    }
  }

  print(terminal: Terminal): void {
    const reasons = [...this.#skipped].sort(([a], [b]) => (a < b ? -1 : 1));
    const skipped = reasons.reduce((sum, [, count]) => sum + count, 0);
    const lines = [
      ...this.failures.map((failure) => `FAIL ${failure}`),
      ...reasons.map(([reason, count]) => `skipped ${count}: ${reason}`),
      `${this.#passed} passed, ${this.failures.length} failed, ${skipped} skipped`,
    ];
    terminal.write(`${lines.join('\n')}\n`);
  }
}
