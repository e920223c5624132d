// A query worker for tests that does everything but compute shares: it ends when it is given one of a query that says so.
import { parentPort } from 'node:worker_threads';
import type { ToWorker } from './protocol.ts';

let helpsWith = '';
parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'help') {
    helpsWith = message.job.expr;
  }
  if (message.kind === 'share' && helpsWith.includes('dies')) {
    process.exit(3);
  }
});
await import('./query-worker.ts');
