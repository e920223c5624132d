import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { fakeAlert } from '../notified-alert.fake.ts';
import { toNotifiedAlert } from '../notified-alert.ts';
import { InhibitRuleSpec } from './inhibit-rule-spec.ts';
import { Inhibitor } from './inhibitor.ts';

const alert = (labels: Record<string, string>, isFiring = true) =>
  toNotifiedAlert(fakeAlert(labels), { previous: undefined, at: 1, isFiring });

const rule = InhibitRuleSpec.parse({
  source_matchers: ['severity="critical"'],
  target_matchers: ['severity=~"warning|info"'],
  equal: ['service'],
});
const twoSided = InhibitRuleSpec.parse({ source_matchers: ['s="1"'], target_matchers: ['t="1"'], equal: ['e'] });

describe('Inhibitor', () => {
  it.for([
    {
      source: { severity: 'critical', service: 'a' },
      target: { severity: 'warning', service: 'a' },
      muted: true,
      why: 'equal labels agree',
    },
    {
      source: { severity: 'critical', service: 'a' },
      target: { severity: 'warning', service: 'b' },
      muted: false,
      why: 'they differ',
    },
    { source: { severity: 'critical' }, target: { severity: 'warning' }, muted: true, why: 'missing on both sides is equal' },
    {
      source: { severity: 'critical', service: 'a' },
      target: { severity: 'critical', service: 'a' },
      muted: false,
      why: 'no target',
    },
    { source: { severity: 'warning', service: 'a' }, target: { severity: 'info', service: 'a' }, muted: false, why: 'no source' },
  ])('$why', ({ source, target, muted }) => {
    const inhibitor = new Inhibitor([rule]);
    inhibitor.update(alert(source));
    expect(inhibitor.inhibitedBy(Labels.from(target)).length > 0).toBe(muted);
  });

  it('ends with the last source, not with the first to go', () => {
    const inhibitor = new Inhibitor([rule]);
    inhibitor.update(alert({ severity: 'critical', service: 'a', pod: '1' }));
    inhibitor.update(alert({ severity: 'critical', service: 'a', pod: '2' }));
    inhibitor.update(alert({ severity: 'critical', service: 'a', pod: '1' }, false));
    const target = Labels.from({ severity: 'warning', service: 'a' });
    expect(inhibitor.inhibitedBy(target)).toHaveLength(1);
    inhibitor.update(alert({ severity: 'critical', service: 'a', pod: '2' }, false));
    expect(inhibitor.inhibitedBy(target)).toEqual([]);
  });

  it('lets no two-sided alert inhibit another or itself, but a one-sided one beside it does', () => {
    const inhibitor = new Inhibitor([twoSided]);
    inhibitor.update(alert({ s: '1', t: '1', e: 'x', n: 'both' }));
    expect(inhibitor.inhibitedBy(Labels.from({ s: '1', t: '1', e: 'x' }))).toEqual([]);
    expect(inhibitor.inhibitedBy(Labels.from({ t: '1', e: 'x' }))).toHaveLength(1);
    inhibitor.update(alert({ s: '1', e: 'x' }));
    expect(inhibitor.inhibitedBy(Labels.from({ s: '1', t: '1', e: 'x' }))).toHaveLength(1);
  });
});
