import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOON, StepClock } from '../demo-estate.fake.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import type { CardMessage, MailMessage } from './inbox.ts';

const clock = new StepClock(NOON);
let simulator: Simulator;
let base = '';

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, smtpPort: 0, seed: 'test', historyMs: 6 * 3_600_000, clock });
  base = simulator.addresses.url;
});

afterAll(() => simulator[Symbol.asyncDispose]());

const CONTROL = { 'X-Tila-Demo': '1', 'Content-Type': 'application/json' };

function control(path: string, body: unknown = {}): Promise<Response> {
  return fetch(`${base}${path}`, { method: 'POST', headers: CONTROL, body: JSON.stringify(body) });
}

const CARD = { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 'pool 100 %' }] };

const withCard = (content: unknown): unknown => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
});

function post(url: string, body: unknown): Promise<Response> {
  clock.advance(1_001);
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function lastCard(): CardMessage | undefined {
  return simulator.inbox.messages.find((message) => message.kind === 'card');
}

describe('the Teams webhook', () => {
  const urls = () => simulator.addresses.teams['sre-alerts'] ?? { workflow: '', firstGeneration: '', connector: '' };

  it.for([
    { body: withCard(CARD), state: 'posted', why: 'a good card' },
    { body: { type: 'message', attachments: null }, state: 'NullAttachments', why: 'no attachments' },
    { body: CARD, state: 'NullAttachments', why: 'a bare card' },
    { body: withCard({ ...CARD, type: 'Card' }), state: 'BadCard', why: 'a wrong type' },
    { body: withCard({ ...CARD, version: '1.5' }), state: 'BadCard', why: 'version above 1.4' },
    {
      body: withCard({ ...CARD, body: [{ type: 'Container', items: [{ type: 'Table' }] }] }),
      state: 'BadCard',
      why: 'an unknown element deep inside',
    },
    {
      body: withCard({ ...CARD, body: [{ type: 'ColumnSet', columns: [{ items: [] }] }] }),
      state: 'posted',
      why: 'a column without its optional type',
    },
    {
      body: withCard({ ...CARD, body: [{ type: 'TextBlock', text: 'x'.repeat(23_800) }] }),
      state: 'posted',
      why: 'just within the size',
    },
    {
      body: withCard({ ...CARD, body: [{ type: 'TextBlock', text: 'x'.repeat(24_200) }] }),
      state: 'MessageSizeExceeded',
      why: 'too big once expanded',
    },
  ])('answers 202 without a body, then settles: $why', async ({ body, state }) => {
    const response = await post(urls().workflow, body);
    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(lastCard()?.outcome.state).toBe('queued');
    clock.advance(1_000);
    expect(lastCard()?.outcome.state).toBe(state);
  });

  it.for([
    { change: (url: string) => url.replace(/sig=.*/, 'sig=wrong'), status: 401, why: 'a wrong signature' },
    { change: (url: string) => url.replaceAll('%2F', '/'), status: 401, why: 'a re-encoded query' },
    { change: (url: string) => url.replace(/workflows\/\w+/, 'workflows/0000'), status: 404, why: 'a deleted flow' },
    { change: (url: string) => url, body: '{', status: 400, why: 'broken JSON' },
  ])('refuses $why with $status', async ({ change, body, status }) => {
    expect((await post(change(urls().workflow), body ?? withCard(CARD))).status).toBe(status);
    expect((await post(change(urls().firstGeneration), body ?? withCard(CARD))).status).toBe(status);
  });

  it('throttles above four a second, by webhook', async () => {
    clock.advance(1_001);
    const send = (): Promise<Response> => fetch(urls().workflow, { method: 'POST', body: JSON.stringify(withCard(CARD)) });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      statuses.push((await send()).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 429]);
    expect((await send()).headers.get('retry-after')).toBe('1');
    clock.advance(1_001);
    expect((await send()).status).toBe(202);
  });

  it.for([
    { mode: { mode: '503', times: 2 }, statuses: [503, 503, 202], why: 'a fault for two requests' },
    { mode: { mode: '429', times: 1, retryAfter: '7' }, statuses: [429, 202], why: 'throttling' },
  ])('can be told to fail: $why', async ({ mode, statuses }) => {
    await control('/teams/mode', mode);
    for (const status of statuses) {
      const response = await post(urls().workflow, withCard(CARD));
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe(status === 429 ? '7' : null);
    }
  });

  it('can hang', async () => {
    await control('/teams/mode', { mode: 'hang', times: 1 });
    await expect(fetch(urls().workflow, { method: 'POST', body: '{}', signal: AbortSignal.timeout(150) })).rejects.toThrow(
      /timeout/,
    );
    expect((await post(urls().workflow, withCard(CARD))).status).toBe(202);
  });

  it.for([
    { body: withCard(CARD), text: /^1$/, why: 'delivered' },
    { body: { '@type': 'MessageCard', text: 'old' }, text: /^1$/, why: 'the card format of its time' },
    {
      body: withCard({ ...CARD, body: [{ type: 'TextBlock', text: 'x'.repeat(30_000) }] }),
      text: /HTTP error 413/,
      why: 'an error inside a 200',
    },
  ])('as a connector answers 200 with what happened: $why', async ({ body, text }) => {
    const response = await post(urls().connector, body);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(text);
  });
});

/** Speaks SMTP line by line and returns the codes of the replies. */
async function smtp(lines: readonly string[]): Promise<readonly string[]> {
  const socket = connect(simulator.addresses.smtp.port, '127.0.0.1');
  const codes: string[] = [];
  for (const line of ['', ...lines]) {
    if (line !== '') {
      socket.write(`${line}\r\n`);
    }
    const [reply] = await once(socket, 'data');
    codes.push(String(reply).slice(0, 3));
  }
  socket.destroy();
  return codes;
}

const MAIL = [
  'From: Tila <tila@example.com>',
  'To: sre@example.com',
  'Subject: =?utf-8?Q?=E2=97=86_CRITICAL_payments?=',
  'Message-ID: <m2@tila>',
  'In-Reply-To: <m1@tila>',
  'References: <m0@tila> <m1@tila>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary=b',
  '',
  '--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\npool 100 %',
  '--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>pool</b><script>alert(1)</script>',
  '--b--',
  '.',
].join('\r\n');

const DIALOGUE = ['EHLO test', 'MAIL FROM:<tila@example.com>', 'RCPT TO:<sre@example.com>', 'DATA', MAIL];

describe('mail and inbox', () => {
  it('keeps a mail with its parts and threading headers', async () => {
    expect(await smtp(DIALOGUE)).toEqual(['220', '250', '250', '250', '354', '250']);
    const mail = simulator.inbox.messages.find((message): message is MailMessage => message.kind === 'mail');
    expect(mail).toMatchObject({
      subject: '◆ CRITICAL payments',
      messageId: '<m2@tila>',
      inReplyTo: '<m1@tila>',
      references: ['<m0@tila>', '<m1@tila>'],
      envelope: { from: 'tila@example.com', to: ['sre@example.com'] },
      text: 'pool 100 %',
    });
  });

  it('puts mails off or refuses them when told to', async () => {
    await control('/smtp/mode', { mode: '451' });
    expect((await smtp(DIALOGUE)).at(-1)).toBe('451');
    await control('/smtp/mode', { mode: '550' });
    expect((await smtp(DIALOGUE)).at(-1)).toBe('550');
    await control('/smtp/mode', { mode: 'ok' });
  });

  it('shows both on a page without inline script, and the mail under a policy that runs none', async () => {
    const page = await fetch(simulator.addresses.inbox);
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(text).toContain('◆ CRITICAL payments');
    expect(text).not.toContain('<script>');
    const mail = simulator.inbox.messages.find(({ kind }) => kind === 'mail');
    const shown = await fetch(`${base}/inbox/mail/${mail?.id}.html`);
    expect(shown.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(await (await fetch(`${base}/inbox/messages.json`)).json()).toMatchObject({ revision: simulator.inbox.revision });
  });
});
