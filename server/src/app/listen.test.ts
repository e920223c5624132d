import { createServer, type Server } from 'node:http';
import { expect, it } from 'vitest';
import { StartError } from './data-folder.ts';
import { listen } from './listen.ts';

const quiet = (): Server => createServer((_request, response) => response.end('here'));

it.for([
  { host: '127.0.0.1', expected: /^http:\/\/127\.0\.0\.1:\d+$/, why: 'the address it listens on' },
  { host: '0.0.0.0', expected: /^http:\/\/127\.0\.0\.1:\d+$/, why: 'one that a browser here can open, when it listens on all' },
])('tells $why', async ({ host, expected }) => {
  await using stack = new AsyncDisposableStack();
  const url = await listen(quiet(), { host, port: 0 }, stack);
  expect(url).toMatch(expected);
  expect(await (await fetch(url)).text()).toBe('here');
});

it('a taken port is one sentence that names another', async () => {
  await using stack = new AsyncDisposableStack();
  const port = Number(new URL(await listen(quiet(), { host: '127.0.0.1', port: 0 }, stack)).port);
  const second = listen(quiet(), { host: '127.0.0.1', port }, stack);
  await expect(second).rejects.toThrow(
    new StartError(
      `port ${port} is taken by another program; stop it or choose another port with --listen 127.0.0.1:${port + 1}`,
    ),
  );
});

it('an address of another machine is one sentence too', async () => {
  await using stack = new AsyncDisposableStack();
  const elsewhere = listen(quiet(), { host: '192.0.2.1', port: 0 }, stack);
  await expect(elsewhere).rejects.toThrow('192.0.2.1:0 cannot be listened on (EADDRNOTAVAIL); choose an address of this machine');
});

it('ends with the stack, whoever is still connected', async () => {
  const stack = new AsyncDisposableStack();
  const url = await listen(
    createServer(() => undefined),
    { host: '127.0.0.1', port: 0 },
    stack,
  );
  const waiting = fetch(url).then(
    () => 'answered',
    () => 'hung up',
  );
  await fetch(url, { signal: AbortSignal.timeout(20) }).catch(() => undefined);
  await stack.disposeAsync();
  expect(await waiting).toBe('hung up');
});
