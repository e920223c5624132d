import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** host:port */
  readonly address: string;
  readonly requests: { readonly url: URL; readonly headers: IncomingMessage['headers']; readonly body: Buffer }[];
}

/** A real HTTP server on a free loopback port. */
export async function startTestServer(
  answer: (
    url: URL,
    response: ServerResponse,
    request: { readonly headers: IncomingMessage['headers']; readonly body: Buffer },
  ) => void,
): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    requests.push({ url, headers: request.headers, body });
    answer(url, response, { headers: request.headers, body });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    address: `127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
