import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/manual-clock.fake.ts';
import { GoTemplateRenderer } from './go-template-renderer.ts';
import { fakeLinks, fakeNotification } from './notification.fake.ts';
import { templateData } from './template-renderer.ts';

const data = templateData(
  fakeNotification([
    { labels: { alertname: 'Slow', environment: 'prod', a: '1' }, annotations: { summary: '<b>' } },
    { labels: { alertname: 'Slow', environment: 'prod', a: '2' }, resolvedAt: Date.parse('2026-11-22T14:10:00Z') },
  ]),
  fakeLinks,
);

describe('GoTemplateRenderer', () => {
  it.for([
    { text: '[{{ .Status | toUpper }}:{{ .Alerts.Firing | len }}]', expected: '[FIRING:1]', why: 'methods of Alerts' },
    { text: '{{ .GroupLabels.SortedPairs.Values | join " " }}', expected: 'prod', why: 'methods of pairs' },
    {
      text: '{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}',
      expected: 'alertname=Slow;environment=prod;',
      why: 'alertname first',
    },
    {
      text: '{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join "," }}{{ end }}',
      expected: 'Slow',
      why: 'Remove',
    },
    { text: '{{ (index .Alerts 0).StartsAt.Format "15:04:05" }}', expected: '14:02:10', why: 'times' },
    {
      text: '{{ .CommonLabels.nothing }}|{{ .NotificationReason }}',
      expected: '|first notification',
      why: 'a missing key is empty',
    },
    { text: '{{ template "mine" . }}', expected: 'from file: teams', why: 'template files' },
  ])('$why', async ({ text, expected }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tila-templates-'));
    await writeFile(join(folder, 'a.tmpl'), '{{ define "mine" }}from file: {{ .Receiver }}{{ end }}');
    const renderer = await GoTemplateRenderer.load({ globs: ['*.tmpl'], folder }, new ManualClock());
    expect(await renderer.render(text, data)).toBe(expected);
  });

  it('escapes in HTML', async () => {
    const renderer = await GoTemplateRenderer.load({ globs: [], folder: '.' }, new ManualClock());
    expect(await renderer.renderHtml('<p>{{ (index .Alerts 0).Annotations.summary }}</p>', data)).toBe('<p>&lt;b&gt;</p>');
  });

  it('rejects a broken text', async () => {
    const renderer = await GoTemplateRenderer.load({ globs: [], folder: '.' }, new ManualClock());
    await expect(renderer.render('{{ .Status', data)).rejects.toThrow();
  });
});
