import type { IncomingMessage } from 'node:http';

/** The body is larger than is taken. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Reads a body as it was sent. @throws BodyTooLargeError as soon as that is known */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new BodyTooLargeError(`a body of at most ${maxBytes} bytes is taken; send smaller batches`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError('a body without encoding comes as bytes');
    }
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw tooLarge();
    }
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
