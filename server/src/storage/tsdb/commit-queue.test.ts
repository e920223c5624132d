import { expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { AppendRequest } from '../../model/series-store.ts';
import { CommitQueue } from './commit-queue.ts';

const ROWS = 12_503;
const LABELS = Array.from({ length: ROWS }, (_, i) => Labels.from({ __name__: 'm', i: String(i % 7) }));

function request(rows: number): AppendRequest {
  const timestamps = Array.from({ length: rows }, (_, i) => i);
  const labels = rows === ROWS ? LABELS : LABELS.slice(0, rows);
  const rowsOf = { labels, timestamps, values: timestamps };
  return { source: 's', rows: rowsOf, watermarkMs: 9, metadata: new Map() };
}

/** A commit that notes what it is given and takes every row. */
function noting(): { commits: (readonly AppendRequest[])[]; queue: CommitQueue } {
  const commits: (readonly AppendRequest[])[] = [];
  const queue = new CommitQueue((requests) => {
    commits.push(requests);
    return requests.map(({ rows }) => ({ accepted: rows.labels.length - 1, duplicate: 1, tooOld: 0 }));
  });
  return { commits, queue };
}

it('commits a large request in parts, in order, the watermark with the last', async () => {
  const { commits, queue } = noting();
  expect(await queue.append(request(ROWS))).toEqual({ accepted: ROWS - 3, duplicate: 3, tooOld: 0 });
  const parts = commits.flat();
  expect(commits.map((requests) => requests.length)).toEqual([1, 1, 1]);
  expect(parts.flatMap(({ rows }) => Array.from(rows.timestamps))).toEqual(Array.from({ length: ROWS }, (_, i) => i));
  expect(parts.flatMap(({ rows }) => rows.labels)).toEqual(LABELS);
  expect(parts.map(({ watermarkMs }) => watermarkMs)).toEqual([undefined, undefined, 9]);
  expect(parts.map(({ metadata }) => metadata !== undefined)).toEqual([true, false, false]);
});

it('cuts a column that comes again into the same arrays', async () => {
  const { commits, queue } = noting();
  await queue.append(request(ROWS));
  await queue.append(request(ROWS));
  const [a, b, c, d] = commits.flat();
  expect(d?.rows.labels).toBe(a?.rows.labels);
  expect(b?.rows.labels).not.toBe(c?.rows.labels);
});

it('commits small requests together', async () => {
  const { commits, queue } = noting();
  await Promise.all([queue.append(request(2)), queue.append(request(3)), queue.append(request(4_999))]);
  expect(commits.map((requests) => requests.length)).toEqual([2, 1]);
});

it('rejects when one part cannot be stored', async () => {
  let commits = 0;
  const queue = new CommitQueue((requests) => {
    commits += 1;
    if (commits === 2) {
      throw new Error('disk full');
    }
    return requests.map(() => ({ accepted: 1, duplicate: 0, tooOld: 0 }));
  });
  await expect(queue.append(request(ROWS))).rejects.toThrow('disk full');
});
