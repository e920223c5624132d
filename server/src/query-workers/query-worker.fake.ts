// A query worker's program for tests: it ends, hangs or fails as the expression says.
import { parentPort } from 'node:worker_threads';
import type { ToWorker } from './protocol.ts';

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind !== 'run') {
    return;
  }
  const { id, expr } = message.job;
  if (expr === 'crash') {
    process.exit(3);
  }
  if (expr === 'throw') {
    throw new Error('thrown in the worker');
  }
  if (expr === 'ok') {
    const result = { kind: 'string', value: 'ok', annotations: { warnings: [], infos: [] } };
    parentPort?.postMessage({ kind: 'answered', job: id, answer: { result } });
  }
});
