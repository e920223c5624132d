import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headline } from '../headline.ts';
import { fakeLinks, fakeNotification } from '../notification.fake.ts';
import { escapeMarkdown } from './markdown-escape.ts';
import { buildTeamsMessage, MAX_MESSAGE_BYTES, shrinkTeamsMessage } from './teams-message.ts';

const where = { environment: 'prod', cluster: 'core', service: 'payments', severity: 'critical' };
const slow = { labels: { alertname: 'Slow', ...where }, annotations: { summary: 'p95 latency 2.4 s (limit 800 ms)' } };

const cardOf = (message: string) => JSON.parse(message).attachments[0].content;
const build = (...args: Parameters<typeof fakeNotification>) =>
  buildTeamsMessage({ notification: fakeNotification(...args), links: fakeLinks });

describe('headline', () => {
  it.for([
    {
      alerts: [slow],
      expected: '◆ CRITICAL · prod / core / payments · p95 latency 2.4 s (limit 800 ms)',
      why: 'severity, where, what',
    },
    {
      alerts: [slow, { labels: { ...where, alertname: 'Errors', severity: 'warning', service: 'checkout' } }],
      expected: '◆ CRITICAL · prod / core · p95 latency 2.4 s (limit 800 ms) (+1 more)',
      why: 'the worst speaks for the group; only what all share says where',
    },
    {
      alerts: [{ ...slow, resolvedAt: Date.parse('2026-11-22T14:10:00Z') }],
      expected: '● RESOLVED · prod / core / payments · p95 latency 2.4 s (limit 800 ms)',
      why: 'resolved',
    },
    {
      alerts: [{ labels: { alertname: 'SourceStale', source: 'prometheus-prod' }, annotations: { summary: 'no data for 6 m' } }],
      expected: '◌ NO DATA · prometheus-prod · no data for 6 m',
      why: 'a silent source is named itself',
    },
  ])('$why', ({ alerts, expected }) => {
    expect(headline(fakeNotification(alerts))).toBe(expected);
  });

  it('never exceeds 110 characters nor one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 200 }), (summary, service) => {
        const title = headline(fakeNotification([{ labels: { ...where, alertname: 'A', service }, annotations: { summary } }]));
        return Array.from(title).length <= 110 && !/[\r\n]/.test(title);
      }),
    );
  });
});

describe('buildTeamsMessage', () => {
  it('makes a complete card for one firing alert', () => {
    const annotations = { ...slow.annotations, runbook_url: 'https://run.example/slow', dashboard_url: 'javascript:alert(1)' };
    const message = build([{ ...slow, annotations }]);
    const card = cardOf(message);
    expect(JSON.parse(message)).toMatchObject({ type: 'message', summary: headline(fakeNotification([slow])) });
    expect(card).toMatchObject({ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' } });
    expect(card.body[0]).toMatchObject({ color: 'Attention', weight: 'Bolder', wrap: true });
    expect(card.body[1].text).toBe('since **2026-11-22 14:02:10 UTC** (5 m 20 s)');
    expect(card.body[2].facts).toContainEqual({ title: 'Value', value: '2.4' });
    expect(card.actions.map(({ title }: { title: string }) => title)).toEqual(['Open incident', 'Silence', 'Runbook']);
  });

  it('lists ten alerts of a group and counts the rest', () => {
    const alerts = Array.from({ length: 24 }, (_, index) => ({ labels: { ...where, alertname: 'A', service: `s${index}` } }));
    const text = build(alerts);
    const sets = cardOf(text).body.filter(({ type }: { type: string }) => type === 'FactSet');
    expect(sets.at(-1).facts).toHaveLength(10);
    expect(text).toContain('+14 more');
  });

  it('says how long it lasted, the peak and the last value when resolved', () => {
    const card = cardOf(build([{ ...slow, resolvedAt: Date.parse('2026-11-22T14:14:10Z'), value: 0.3, peak: 2.41 }]));
    expect(card.body[1].text).toContain('lasted **12 m**');
    expect(card.body[2].facts).toContainEqual({ title: 'Peak', value: '2.41' });
    expect(card.body[2].facts).toContainEqual({ title: 'Last value', value: '0.3' });
    expect(card.body[0].color).toBe('Good');
    expect(card.actions.map(({ title }: { title: string }) => title)).not.toContain('Silence');
  });

  it('takes rendered templates for title and text', () => {
    const notification = fakeNotification([slow]);
    const card = cardOf(buildTeamsMessage({ notification, links: fakeLinks, title: 'mine', text: 'my **text**' }));
    expect([card.body[0].text, card.body[1].text]).toEqual(['mine', 'my **text**']);
  });

  it('stays within the budget and well-formed for 500 alerts with hostile 10 kB annotations', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('<at>', '*', '_', '💥', '"', '\\', '\n', '\u0000', '](http://x)', '{{'),
      minLength: 2500,
      maxLength: 5000,
    });
    fc.assert(
      fc.property(hostile, hostile, fc.integer({ min: 1, max: 500 }), (summary, label, count) => {
        const annotations = { summary, description: label, runbook_url: `https://x.example/${label}` };
        const alerts = Array.from({ length: count }, (_, index) => ({
          labels: { ...where, alertname: label, team: label, instance: `${index}` },
          annotations,
        }));
        const message = build(alerts);
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
        expect(Buffer.byteLength(shrinkTeamsMessage(message))).toBeLessThanOrEqual(Buffer.byteLength(message));
        for (const element of cardOf(message).body) {
          expect(['TextBlock', 'FactSet']).toContain(element.type);
        }
        expect(JSON.stringify(cardOf(message).body)).not.toContain('<at>');
      }),
      { numRuns: 25 },
    );
  });

  it.for(['💥', '*', '\\', '"', 'a'])('shrinks step by step to the budget for texts of %s', (character) => {
    const text = character.repeat(6000);
    const annotations = { summary: text, description: text };
    const alerts = Array.from({ length: 11 }, (_, index) => ({
      labels: { ...where, alertname: text, instance: `${index}` },
      annotations,
    }));
    expect(Buffer.byteLength(build(alerts))).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  });

  it('keeps the budget with a huge template text', () => {
    const notification = fakeNotification([slow]);
    const message = buildTeamsMessage({ notification, links: fakeLinks, title: 'ä'.repeat(9000), text: '💥'.repeat(50_000) });
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  });
});

describe('escapeMarkdown', () => {
  it.for([
    { text: 'a_b*c', expected: 'a\\_b\\*c', why: 'emphasis' },
    { text: '[x](http://evil)', expected: '\\[x\\]\\(http://evil\\)', why: 'links' },
    { text: '<at>Ana</at>', expected: '‹at›Ana‹/at›', why: 'mentions' },
    { text: 'one\ntwo', expected: 'one\n\ntwo', why: 'Teams breaks lines at blank lines only' },
    { text: '- item\n1. first', expected: '\\- item\n\n1\\. first', why: 'lists' },
    {
      text: '{{DATE(2026-11-22T00:00:00Z)}}',
      expected: '{\u200b{DATE\\(2026-11-22T00:00:00Z\\)}}',
      why: 'Adaptive Cards date functions',
    },
  ])('$why', ({ text, expected }) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});
