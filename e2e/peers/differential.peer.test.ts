import { expect, it } from 'vitest';
import { runDifferential } from './differential/differential-run.ts';
import { findPeer } from './find-peer.ts';

const QUERIES = 400;

const [program = ''] = findPeer('TILA_PEER_PROMETHEUS', 'generated queries compared with a Prometheus 3');

it.skipIf(program === '')('generated queries over generated data give the answers of a Prometheus 3', async () => {
  const report = await runDifferential({ program, seed: 1, queries: QUERIES, tolerance: 1e-12 });
  expect(report.failed).toEqual([]);
  expect(report.passed).toBe(QUERIES);
  expect(report.answered).toBeGreaterThan(QUERIES / 2);
});
