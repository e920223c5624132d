import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createLogging } from './logger.ts';

function memoryOutput() {
  const lines: string[] = [];
  return { lines, write: (line: string) => lines.push(line) };
}

describe('createLogging', () => {
  it.for([
    { fields: { password: 'p1' }, secret: 'p1', why: 'a password in a field' },
    { fields: { request: { authorization: 'Bearer p2' } }, secret: 'p2', why: 'a header one level down' },
    { fields: { receiver: { webhookUrl: 'https://x/?sig=p3' } }, secret: 'p3', why: 'a webhook URL is a credential' },
  ])('keeps secrets out of the log: $why', ({ fields, secret }) => {
    const output = memoryOutput();
    createLogging({ level: 'info', output }).for('test').info(fields, 'something happened');
    expect(output.lines.join('')).toContain('something happened');
    expect(output.lines.join('')).not.toContain(secret);
  });

  it('ships a line to Graylog by GELF, error stack as full message', async () => {
    const sink = createSocket('udp4');
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const logging = createLogging({
      level: 'info',
      output: memoryOutput(),
      graylog: { host: '127.0.0.1', port: sink.address().port, facility: 'tila' },
    });
    logging.for('rules').error({ err: new Error('boom'), ruleGroup: 'demo' }, 'rule group evaluation failed');
    const [packet] = await once(sink, 'message');
    await logging.close();
    sink.close();
    const gelf = JSON.parse(packet[0] === 0x78 ? inflateSync(packet).toString() : packet.toString());
    expect(gelf).toMatchObject({
      short_message: 'rule group evaluation failed',
      level: 3,
      facility: 'tila',
      _module: 'rules',
      _ruleGroup: 'demo',
    });
    expect(gelf.full_message).toContain('Error: boom');
  });
});
