import { afterEach, beforeEach, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { SqlAlertStateStore } from './alert-state-store.ts';
import type { ActiveAlert } from './alert-step.ts';

let database: StateDatabase;
let store: SqlAlertStateStore;

beforeEach(() => {
  database = openStateStore(':memory:');
  store = new SqlAlertStateStore(database);
});

afterEach(() => database.destroy());

it('gives back every alert exactly as it was, of any value and with any labels', async () => {
  const odd = {
    ...alertOf('b'),
    value: Number.NaN,
    labels: Labels.from({ a: `'"\\ \u0000 ü` }),
    annotations: { note: '{"x": [1]}' },
  };
  const firing: ActiveAlert = { ...alertOf('c'), state: 'firing', value: -0.1, firedAt: 7, keepFiringSince: 9 };
  await store.save([{ rule: 'r', stored: [alertOf('a'), odd, firing], dropped: [] }]);
  expect((await store.load()).alerts.get('r')).toEqual([alertOf('a'), odd, firing]);
});

it('takes changes of one rule in their order', async () => {
  const [before, after] = [alertOf('a'), { ...alertOf('a'), value: 2 }];
  await store.save([
    { rule: 'r', stored: [before, alertOf('b')], dropped: [] },
    { rule: 'other', stored: [alertOf('a')], dropped: [] },
    { rule: 'r', stored: [], dropped: [before, alertOf('b')] },
    { rule: 'r', stored: [after], dropped: [] },
  ]);
  const { alerts } = await store.load();
  expect([...alerts]).toEqual([
    ['other', [alertOf('a')]],
    ['r', [after]],
  ]);
});

function alertOf(fingerprint: string): ActiveAlert {
  return {
    fingerprint,
    labels: Labels.from({ alertname: 'A', i: fingerprint }),
    annotations: {},
    state: 'pending',
    value: 1,
    activeAt: 5,
    firedAt: null,
    keepFiringSince: null,
  };
}
