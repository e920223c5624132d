import { parseArgs } from 'node:util';
import { runDifferential } from './differential-run.ts';

/** `node e2e/peers/differential/main.ts [--seed 1] [--queries 2000] [--program prometheus]`: exit code 1 when any answer differs. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    queries: { type: 'string', default: '2000' },
    program: { type: 'string', default: process.env.TILA_PEER_PROMETHEUS ?? 'prometheus' },
  },
});

const { passed, failed, answered, asDefault, knownBugs } = await runDifferential({
  program: values.program,
  seed: Number(values.seed),
  queries: Number(values.queries),
  tolerance: 1e-12,
});
for (const { expr, request, difference } of failed) {
  process.stdout.write(`FAIL ${expr}\n     ${decodeURIComponent(request.replace(/query=[^&]*&/, ''))}\n     ${difference}\n`);
}
process.stdout.write(
  `seed ${values.seed}: ${answered} answers with series; ${asDefault} as Prometheus answers without delayed name removal, ${knownBugs} differ by its known bugs\n`,
);
process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
