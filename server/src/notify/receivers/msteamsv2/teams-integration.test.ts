import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { fakeLinks, fakeNotification } from '../notification.fake.ts';
import { Secret } from '../secret.ts';
import { interpretTeamsAnswer, TeamsIntegration, teamsUrlWarning } from './teams-integration.ts';

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function teams(reply: Reply | 'hang', timeoutMs = 5000) {
  const seen: { url: string; type: string; body: string }[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ url: request.url ?? '', type: request.headers['content-type'] ?? '', body });
      if (reply !== 'hang') {
        response.writeHead(reply.status, reply.headers).end(reply.body);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server that listens has such an address.
  const path = '/workflows/x/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a%2Bb';
  const integration = new TeamsIntegration(
    { kind: 'msteamsv2', sendResolved: true, url: Secret.ofValue(`http://127.0.0.1:${port}${path}`), timeoutMs },
    {
      fetch,
      clock: systemClock,
      links: fakeLinks,
      logger: silentLogger,
      renderer: {
        render: () => Promise.reject(new Error('bad template')),
        renderHtml: () => Promise.reject(new Error('bad template')),
      },
    },
  );
  return { integration, seen, path };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const notification = fakeNotification([{ labels: { alertname: 'A', severity: 'critical' } }]);

describe('TeamsIntegration', () => {
  it('posts the stored payload to the URL byte for byte', async () => {
    const { integration, seen, path } = await teams({ status: 202 });
    const { payload } = await integration.render(notification);
    const outcome = await integration.send(payload, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'sent', as: 'accepted', status: 202 });
    expect(seen).toEqual([{ url: path, type: 'application/json; charset=utf-8', body: payload }]);
  });

  it.for([
    { reply: { status: 200, body: '1' }, expected: { outcome: 'sent', as: 'delivered' }, why: 'a legacy connector confirms' },
    { reply: { status: 400, body: 'bad' }, expected: { outcome: 'rejected', status: 400 }, why: 'bad request is final' },
    { reply: { status: 401 }, expected: { outcome: 'rejected', status: 401 }, why: 'a wrong signature is final' },
    { reply: { status: 404 }, expected: { outcome: 'rejected', status: 404 }, why: 'a deleted flow is final' },
    { reply: { status: 413 }, expected: { outcome: 'too large', status: 413 }, why: 'too large may be shrunk' },
    {
      reply: { status: 429, headers: { 'retry-after': '7' } },
      expected: { outcome: 'retry', status: 429, pauseMs: 7000 },
      why: 'throttled with a pause',
    },
    { reply: { status: 502 }, expected: { outcome: 'retry', status: 502 }, why: 'a server error is transient' },
    {
      reply: { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      expected: { outcome: 'rejected' },
      why: 'the secret is not sent elsewhere',
    },
  ])('$why', async ({ reply, expected }) => {
    const { integration } = await teams(reply);
    expect(await integration.send('{}', new AbortController().signal)).toMatchObject(expected);
  });

  it('retries when nothing answers in time, and never shows the URL', async () => {
    const { integration } = await teams('hang', 50);
    const outcome = await integration.send('{}', new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'retry', status: null });
    expect(outcome.detail).not.toContain('sig=');
  });

  it('sends the built-in card when a template fails', async () => {
    const { integration } = await teams({ status: 202 });
    const broken = new TeamsIntegration(
      { kind: 'msteamsv2', sendResolved: true, url: Secret.ofValue('http://x'), timeoutMs: 1, title: '{{ nonsense' },
      {
        fetch,
        clock: systemClock,
        links: fakeLinks,
        logger: silentLogger,
        renderer: { render: () => Promise.reject(new Error('no')), renderHtml: () => Promise.reject(new Error('no')) },
      },
    );
    expect(await broken.render(notification)).toEqual(await integration.render(notification));
  });
});

describe('interpretTeamsAnswer', () => {
  it.for([
    { error: 429, expected: 'retry' },
    { error: 413, expected: 'too large' },
    { error: 400, expected: 'rejected' },
  ])('finds HTTP error $error inside a 200', ({ error, expected }) => {
    const body = `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${error} with ContextId`;
    expect(interpretTeamsAnswer(200, body)).toMatchObject({ outcome: expected, status: error });
  });
});

describe('teamsUrlWarning', () => {
  it.for([
    { url: 'https://prod-12.westeurope.logic.azure.com:443/workflows/x', warns: true },
    { url: 'https://t.webhook.office.com/webhookb2/x', warns: true },
    { url: 'https://e.12.environment.api.powerplatform.com/powerautomate/x', warns: false },
  ])('$url: $warns', ({ url, warns }) => {
    expect(teamsUrlWarning(url) !== undefined).toBe(warns);
  });
});
