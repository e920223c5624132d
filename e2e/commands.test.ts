import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from './harness/eventually.ts';
import { Folder } from './harness/folders.ts';
import { tila } from './harness/program.ts';

/** Ends a program that is expected to end by itself. */
async function outcome(args: readonly string[]): Promise<{ code: number; output: string }> {
  await using program = tila(args);
  const code = await program.ended(20_000);
  return { code, output: program.output };
}

/** One sentence for the person, and nothing of the program's inside. */
function expectOneSentence(output: string, says: RegExp): void {
  const lines = output.split('\n').filter((line) => line.startsWith('tila: ') && !line.endsWith(' …'));
  expect(lines, output).toHaveLength(1);
  expect(lines[0]).toMatch(says);
  expect(output).not.toMatch(/^\s+at /m);
}

describe('the command-line tool', { timeout: 30_000 }, () => {
  it('says what it can do and which version it is', async () => {
    const [help, version, unknown] = await Promise.all([outcome(['--help']), outcome(['--version']), outcome(['fly'])]);
    expect(help.code).toBe(0);
    for (const name of ['serve', 'check config', 'login-link', 'token create', 'scenario']) {
      expect(help.output).toContain(`  ${name}`);
    }
    expect(version).toEqual({ code: 0, output: expect.stringMatching(/^tila \d+\.\d+\.\d+\n$/) });
    expect(unknown.code).toBe(2);
    expect(unknown.output).toContain('there is no command "fly"');
  });
});

describe('what keeps a console from starting is one sentence', { timeout: 30_000 }, () => {
  it('a port that another program has', async () => {
    using folder = new Folder();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo; // a TCP server always has an AddressInfo
    const config = folder.at('tila.yaml');
    folder.write('tila.yaml', `server: { listen: "127.0.0.1:${port}", data_dir: data }\n`);
    const { code, output } = await outcome(['serve', '--config', config]);
    other.close();
    expect(code).toBe(1);
    expectOneSentence(output, new RegExp(`port ${port} is taken`));
  });

  it.for([
    { args: (folder: Folder) => ['--config', folder.at('tila.yaml')], why: 'of a configuration' },
    {
      args: (folder: Folder) => ['--data-dir', folder.at('data'), '--demo-port', '0', '--demo-smtp-port', '0'],
      why: 'of the demo',
    },
  ])('a data folder $why that cannot be one', async ({ args }) => {
    using folder = new Folder({ data: 'a file\n', 'tila.yaml': 'server: { listen: "127.0.0.1:0", data_dir: data }\n' });
    const { code, output } = await outcome(['serve', ...args(folder)]);
    expect(code).toBe(1);
    expectOneSentence(output, /data folder .*data cannot be written/);
  });

  it('a data folder that a running console has', async () => {
    using folder = new Folder({ 'tila.yaml': 'server: { listen: "127.0.0.1:0", data_dir: data }\n' });
    await using first = tila(['serve', '--config', folder.at('tila.yaml')]);
    await first.printed(/ready at/);
    const { code, output } = await outcome(['serve', '--config', folder.at('tila.yaml')]);
    expect(code).toBe(1);
    expectOneSentence(output, /data/);
    expect(first.hasEnded()).toBe(false);
  });

  it('a configuration that is not there', async () => {
    const { code, output } = await outcome(['serve', '--config', '/nowhere/tila.yaml']);
    expect(code).toBe(1);
    expect(output).toMatch(/^\/nowhere\/tila\.yaml.*there is no such file\n$/);
  });
});

describe('a console that is told to stop', { timeout: 40_000 }, () => {
  it.for([
    { signal: 'SIGINT', code: 0 },
    { signal: 'SIGTERM', code: 0 },
    { signal: 'SIGKILL', code: -1 },
  ] as const)('by $signal ends with its demo estate within 5 s', async ({ signal, code }) => {
    using folder = new Folder();
    const ports = ['--listen', '127.0.0.1:0', '--demo-port', '0', '--demo-smtp-port', '0'];
    await using console = tila(['serve', '--data-dir', folder.path, ...ports]);
    const [, inbox = ''] = await console.printed(/arrive at (http\S+)/);
    expect((await fetch(inbox)).ok).toBe(true);
    const startedAt = Date.now();
    console.signal(signal);
    expect(await console.ended(10_000)).toBe(code);
    await eventually(
      'the estate is gone',
      () =>
        fetch(inbox).then(
          () => undefined,
          () => true,
        ),
      3000,
    );
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });
});
