import { expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/manual-clock.fake.ts';
import { fakeLinks, fakeNotification } from '../notification.fake.ts';
import { Secret } from '../secret.ts';
import { WebhookIntegration } from './webhook-integration.ts';

it("posts Alertmanager's version 4 payload with its headers, and truncates", async () => {
  const requests: { url: string; init: RequestInit }[] = [];
  const integration = new WebhookIntegration(
    {
      kind: 'webhook',
      sendResolved: true,
      url: Secret.ofValue('http://hook.example/x'),
      maxAlerts: 1,
      headers: { 'x-team': 'sre' },
      authorization: { scheme: 'Bearer', credentials: Secret.ofValue('token') },
      timeoutMs: 1000,
    },
    {
      clock: new ManualClock(),
      links: fakeLinks,
      fetch: async (url, init) => {
        requests.push({ url, init });
        return new Response(null, { status: 204 });
      },
    },
  );
  const resolvedAt = Date.parse('2026-11-22T14:10:00Z');
  const notification = fakeNotification([
    { labels: { alertname: 'A', x: '1' } },
    { labels: { alertname: 'A', x: '2' }, resolvedAt },
  ]);
  const { payload } = await integration.render(notification);
  expect(await integration.send(payload, new AbortController().signal)).toMatchObject({
    outcome: 'sent',
    as: 'delivered',
    status: 204,
  });
  expect(requests[0]?.init.headers).toMatchObject({ 'x-team': 'sre', authorization: 'Bearer token' });
  expect(JSON.parse(payload)).toMatchObject({
    version: '4',
    groupKey: '{}:{environment="prod"}',
    status: 'firing',
    receiver: 'teams',
    truncatedAlerts: 1,
    commonLabels: { alertname: 'A' },
    externalURL: 'https://tila.example',
    notification_reason: 'first notification',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'A', x: '1' },
        startsAt: '2026-11-22T14:02:10.000Z',
        endsAt: '0001-01-01T00:00:00Z',
      },
    ],
  });
});
