import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/logger.ts';
import { fakeLinks, fakeNotification } from '../notification.fake.ts';
import type { EmailConfig } from '../receiver-config.ts';
import { Secret } from '../secret.ts';
import { EmailIntegration, interpretSmtpError } from './email-integration.ts';

const servers: SMTPServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(resolve))));
});

async function smtp(options: SMTPServerOptions = {}) {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _, callback) => {
      simpleParser(stream).then((mail) => {
        mails.push(mail);
        callback();
      }, callback);
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo; // A TCP server that listens has such an address.
  return { mails, port };
}

function integration(port: number, more: Partial<EmailConfig> = {}): EmailIntegration {
  return new EmailIntegration(
    {
      kind: 'email',
      sendResolved: true,
      to: 'sre@example.com, lead@example.com',
      from: 'tila@example.com',
      host: '127.0.0.1',
      port,
      requireTls: false,
      implicitTls: false,
      verifyTls: false,
      headers: {},
      threading: { enabled: true, byDate: 'daily' },
      timeoutMs: 2000,
      ...more,
    },
    {
      links: fakeLinks,
      logger: silentLogger,
      renderer: { render: async (text) => text.replace('{{ x }}', 'rendered'), renderHtml: async (text) => text },
    },
  );
}

const alert = {
  labels: { alertname: 'Slow', environment: 'prod', cluster: 'core', service: 'payments', severity: 'critical' },
  annotations: { summary: 'p95 <script>alert(1)</script> & more' },
};
const deliver = async (email: EmailIntegration, id = 'id-1') =>
  await email.send((await email.render(fakeNotification([alert], { id }))).payload, new AbortController().signal);

describe('EmailIntegration', () => {
  it('sends both parts, escaped, with subject, threading and the server reply on record', async () => {
    const { mails, port } = await smtp();
    const email = integration(port, { headers: { 'X-Team': '{{ x }}' } });
    expect(await deliver(email, 'id-1')).toMatchObject({ outcome: 'sent', as: 'delivered', status: 250 });
    await deliver(email, 'id-2');
    const [first, second] = mails;
    expect(first?.subject).toBe('[FIRING:1] ◆ CRITICAL · prod / core / payments · p95 <script>alert(1)</script> & more');
    expect(first?.text).toContain('since 2026-11-22 14:02:10 UTC');
    expect(first?.html).toContain('p95 &lt;script&gt;alert(1)&lt;/script&gt; &amp; more');
    expect(first?.html).not.toContain('<script');
    expect([first?.messageId, second?.messageId]).toEqual(['<id-1@tila>', '<id-2@tila>']);
    expect(first?.references).toMatch(/^<alert-[0-9a-f]{16}-2026-11-22@alertmanager>$/);
    expect(second?.inReplyTo).toBe(first?.references);
    expect(first?.headers.get('x-team')).toBe('rendered');
    expect(first?.to && !Array.isArray(first.to) && first.to.value.map(({ address }) => address)).toEqual([
      'sre@example.com',
      'lead@example.com',
    ]);
  });

  it('takes Subject, text and html templates', async () => {
    const { mails, port } = await smtp();
    await deliver(integration(port, { headers: { subject: 'mine {{ x }}' }, text: 'plain {{ x }}', html: '<b>rich</b>' }));
    expect([mails[0]?.subject, mails[0]?.text?.trim(), mails[0]?.html]).toEqual([
      'mine rendered',
      'plain rendered',
      '<b>rich</b>',
    ]);
  });

  it('logs in', async () => {
    const users: string[] = [];
    const { mails, port } = await smtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username = '', password }, _, callback) => {
        users.push(username);
        return password === 'right' ? callback(null, { user: username }) : callback(new Error('no'));
      },
    });
    const auth = { username: 'tila', password: Secret.ofValue('right') };
    expect(await deliver(integration(port, { auth }))).toMatchObject({ outcome: 'sent' });
    const wrong = { username: 'tila', password: Secret.ofValue('wrong') };
    expect(await deliver(integration(port, { auth: wrong }))).toMatchObject({ outcome: 'retry', status: 535 });
    expect([mails.length, users]).toEqual([1, ['tila', 'tila']]);
  });

  it.for([
    { code: 451, expected: { outcome: 'retry', status: 451 }, why: '4yz is transient' },
    { code: 550, expected: { outcome: 'rejected', status: 550 }, why: '5yz is final' },
  ])('$why', async ({ code, expected }) => {
    const refusal = Object.assign(new Error('mailbox'), { responseCode: code });
    const { port } = await smtp({ onRcptTo: (_, __, callback) => callback(refusal) });
    expect(await deliver(integration(port))).toMatchObject(expected);
  });

  it('does not send in the clear when STARTTLS is required and not offered', async () => {
    const { mails, port } = await smtp();
    expect(await deliver(integration(port, { requireTls: true }))).toMatchObject({
      outcome: expect.stringMatching(/retry|rejected/),
    });
    expect(mails).toEqual([]);
  });

  it('upgrades with STARTTLS when offered', async () => {
    let isSecure = false;
    const { mails, port } = await smtp({
      disabledCommands: [],
      onMailFrom: (_, session, callback) => {
        isSecure = session.secure;
        callback();
      },
    });
    expect(await deliver(integration(port, { requireTls: true }))).toMatchObject({ outcome: 'sent' });
    expect([mails.length, isSecure]).toEqual([1, true]);
  });

  it('retries when nobody listens', async () => {
    expect(await deliver(integration(1))).toMatchObject({ outcome: 'retry', status: null });
  });

  it('lets no header be smuggled in through data', async () => {
    const { mails, port } = await smtp();
    const email = integration(port);
    const evil = {
      labels: { ...alert.labels, alertname: 'a\r\nBcc: all@example.com' },
      annotations: { summary: 'x\r\nBcc: all@example.com' },
    };
    await email.send((await email.render(fakeNotification([evil]))).payload, new AbortController().signal);
    expect(mails[0]?.bcc).toBeUndefined();
    expect(mails[0]?.headers.get('bcc')).toBeUndefined();
  });

  it('calls 552 too large', () => {
    expect(interpretSmtpError(Object.assign(new Error('too big'), { responseCode: 552 }))).toMatchObject({
      outcome: 'too large',
    });
  });
});
