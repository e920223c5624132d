import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { CommandLineError, parseCommandLine } from './command-line.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

describe('the process', () => {
  it.for([{ signal: 'SIGTERM' as const }, { signal: 'SIGINT' as const }])(
    'says where it is and stops within a second of $signal',
    async ({ signal }) => {
      const readyFile = join(mkdtempSync(join(tmpdir(), 'tila-demo-')), 'run', 'ready.json');
      const child = spawn(process.execPath, [MAIN, '--port', '0', '--smtp-port', '0', '--ready-file', readyFile], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(createInterface(child.stdout), 'line');
      const addresses: unknown = JSON.parse(String(line));
      expect(addresses).toMatchObject({ ready: true, pid: child.pid, smtp: { host: '127.0.0.1' } });
      expect(JSON.parse(readFileSync(readyFile, 'utf8'))).toEqual(addresses);
      const stoppedAt = performance.now();
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(performance.now() - stoppedAt).toBeLessThan(1_000);
    },
  );

  it('stops when the process that forked it goes away', async () => {
    const child = spawn(process.execPath, [MAIN, '--port', '0', '--smtp-port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    await once(child.stdout ?? child, 'data');
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('names a port that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const child = spawn(process.execPath, [MAIN, '--port', port, '--smtp-port', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [line] = await once(createInterface(child.stderr), 'line');
    expect(String(line)).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    expect(await once(child, 'exit')).toEqual([1, null]);
    holder.close();
  });
});

describe('the command line', () => {
  it.for([
    { args: ['--port', '70000'], problem: /--port takes a port/, why: 'a port out of range' },
    { args: ['--history', 'long'], problem: /--history takes a duration/, why: 'a duration that is none' },
    { args: ['--auto-scenario', 'x@soon'], problem: /NAME@DELAY/, why: 'a delay that is none' },
    { args: ['--nonsense'], problem: /--nonsense/, why: 'an unknown option' },
  ])('refuses $why', ({ args, problem }) => {
    expect(() => parseCommandLine(args)).toThrow(problem);
    expect(() => parseCommandLine(args)).toThrow(CommandLineError);
  });

  it('reads what it is given', () => {
    const line = parseCommandLine(['--port', '0', '--history', '1h30m', '--auto-scenario', 'payments-bad-deploy@75s']);
    expect(line).toMatchObject({
      port: 0,
      historyMs: 5_400_000,
      autoStart: [{ scenario: 'payments-bad-deploy', delayMs: 75_000 }],
    });
  });
});
