import type { Tile } from '@tila/contract/overview.ts';
import { describe, expect, it } from 'vitest';
import { compareEnvironments, matchesSearch, summarizeEnvironments, toRows } from './tile-order.ts';

function tile(service: string, environment: string, change: Partial<Tile> = {}): Tile {
  return {
    environment,
    cluster: `${environment}-core`,
    service,
    status: 'ok',
    reason: '',
    since: null,
    firing: 0,
    pending: 0,
    acknowledged: false,
    silenced: 0,
    inhibited: 0,
    sparkline: { title: '', unit: 'short', points: [] },
    newestSampleAt: null,
    ...change,
  };
}

describe('toRows', () => {
  it.for([
    { first: { status: 'critical' }, second: { status: 'warning' }, why: 'critical comes before warning' },
    { first: { status: 'stale' }, second: { status: 'ok' }, why: 'stale comes before ok: it is never green' },
    { first: { status: 'no data' }, second: { status: 'ok' }, why: 'so does no data' },
    { first: { status: 'critical', firing: 3 }, second: { status: 'critical', firing: 1 }, why: 'more alerts come first' },
    { first: { status: 'critical', since: 1 }, second: { status: 'critical', since: 2 }, why: 'the longer outage comes first' },
  ] as const)('$why', ({ first, second }) => {
    const rows = toRows([tile('a', 'prod', second), tile('b', 'prod', first)]);
    expect(rows.map((row) => row.service)).toEqual(['b', 'a']);
  });

  it('keeps the alphabetical place of tiles that went stale together', () => {
    const rows = toRows([tile('b', 'prod', { status: 'stale', since: 1 }), tile('a', 'prod', { status: 'stale', since: 2 })]);
    expect(rows.map((row) => row.service)).toEqual(['a', 'b']);
  });

  it('puts one service of several environments into one row, as bad as its worst tile', () => {
    const rows = toRows([tile('a', 'prod'), tile('a', 'dev', { status: 'warning' })]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.worst).toBe('warning');
  });

  it('keeps a service of two clusters in one cell', () => {
    const rows = toRows([tile('a', 'prod'), tile('a', 'prod', { cluster: 'prod-b', status: 'critical' })]);
    expect(rows[0]?.tiles.get('prod')?.map(({ cluster }) => cluster)).toEqual(['prod-b', 'prod-core']);
  });
});

it('orders environments as people think of them', () => {
  expect(['dev', 'management', 'prod', 'stage', 'preprod', 'qa'].sort(compareEnvironments)).toEqual([
    'prod',
    'preprod',
    'stage',
    'qa',
    'dev',
    'management',
  ]);
});

it('consolidates an environment to its worst child', () => {
  expect(summarizeEnvironments([tile('a', 'prod'), tile('b', 'prod', { status: 'stale' })])).toMatchObject([
    { environment: 'prod', worst: 'stale', problems: 1, services: 2, clusters: [{ cluster: 'prod-core', worst: 'stale' }] },
  ]);
});

it.for([
  { search: 'pay prod', found: true, why: 'all words match, in any order' },
  { search: 'PAY', found: true, why: 'case does not matter' },
  { search: 'pay dev', found: false, why: 'one word that does not match is enough' },
  { search: '', found: true, why: 'no search finds everything' },
])('$why', ({ search, found }) => {
  expect(matchesSearch(tile('payments', 'prod'), search)).toBe(found);
});
