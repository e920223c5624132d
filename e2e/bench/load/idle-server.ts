// A process that answers every request at once and does nothing else: what the machine itself adds to a delay.
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`listening on ${address !== null && typeof address === 'object' ? address.port : 0}\n`);
});
