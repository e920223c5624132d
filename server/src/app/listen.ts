import { once } from 'node:events';
import type { Server } from 'node:http';
import { StartError } from './data-folder.ts';

/** Listens, or says in one sentence why not. Connections end with the stack. Resolves with the address as a URL. */
export async function listen(
  server: Server,
  at: { readonly host: string; readonly port: number },
  stack: AsyncDisposableStack,
): Promise<string> {
  server.listen(at.port, at.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new StartError(explain(cause, at), { cause });
  }
  stack.defer(async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : at.port;
  return addressOf({ host: at.host, port });
}

/** Where a browser on this machine finds what listens there. */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function explain(cause: unknown, { host, port }: { readonly host: string; readonly port: number }): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken by another program; stop it or choose another port with --listen ${host}:${port + 1}`;
    case 'EACCES':
      return `port ${port} may not be used without more rights; choose one above 1024 with --listen ${host}:8080`;
    default:
      return `${host}:${port} cannot be listened on (${code}); choose an address of this machine with --listen`;
  }
}
