import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeDeps } from '../collector-deps.fake.ts';
import { HttpClient } from './http-client.ts';
import { HttpClientConfig } from './http-config.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));
const fixture = (name: string) => readFileSync(`${FIXTURES}/${name}`);
const CLIENT = { cert_file: 'client.pem', key_file: 'client-key.pem' };

let server: Server;
let port = 0;

beforeAll(async () => {
  const options = { cert: fixture('server.pem'), key: fixture('server-key.pem'), ca: fixture('authority.pem') };
  server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerCertificate(); // an https server's sockets are TLS sockets
    response.end(String(peer.subject.CN));
  });
  // A handshake that fails is what half of the rows are about.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function ask(host: string, tls_config: object): Promise<string> {
  const config = HttpClientConfig.parse({ tls_config });
  await using client = new HttpClient({ ...fakeDeps({ baseDirectory: FIXTURES }), config });
  const signal = AbortSignal.timeout(5000);
  const answer = await client.send({ url: `https://${host}:${port}/metrics`, timeoutMs: 4000, maxBytes: 1000, signal });
  return answer.body.toString();
}

describe('TLS', () => {
  it.for([
    { host: 'localhost', tls: { ca_file: 'authority.pem', ...CLIENT }, why: 'both sides show certificates of the authority' },
    {
      host: '127.0.0.1',
      tls: { ca_file: 'authority.pem', server_name: 'exporter.test', ...CLIENT },
      why: 'server_name stands for the address',
    },
    { host: '127.0.0.1', tls: { insecure_skip_verify: true, ...CLIENT }, why: 'verification is switched off' },
  ])('connects when $why', async ({ host, tls }) => {
    expect(await ask(host, tls)).toBe('client');
  });

  it.for([
    { host: 'localhost', tls: { ca_file: 'authority.pem' }, why: 'the client shows no certificate' },
    { host: 'localhost', tls: CLIENT, why: 'the authority is unknown' },
    { host: '127.0.0.1', tls: { ca_file: 'authority.pem', ...CLIENT }, why: 'the address is not in the certificate' },
    { host: 'localhost', tls: { ca_file: 'authority.pem', server_name: 'other.test', ...CLIENT }, why: 'the name is another' },
  ])('refuses when $why', async ({ host, tls }) => {
    await expect(ask(host, tls)).rejects.toThrow();
  });

  it('says which file is missing', async () => {
    await expect(ask('localhost', { ca_file: 'nowhere.pem' })).rejects.toThrow('nowhere.pem');
  });
});
