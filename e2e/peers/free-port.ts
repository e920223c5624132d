import { createServer } from 'node:net';

/** A port nobody listens on at this moment. For programs that cannot say which port they took. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('a TCP server has no port');
  }
  return address.port;
}
