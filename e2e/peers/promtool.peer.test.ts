import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console } from '../harness/console.ts';
import { tila as command, Program } from '../harness/program.ts';
import { findPeer } from './find-peer.ts';

/** Tila writes its own figures every 15 s. */
const FIRST_FIGURES_MS = 17_000;

const TOOLS = ['promtool', ...findPeer('TILA_PEER_PROMTOOL', 'a promtool of Prometheus 3')];

describe('promtool asks Tila', () => {
  const stack = new AsyncDisposableStack();
  let url: string;

  beforeAll(async () => {
    const tila = stack.use(new Console({ config: 'sources: []\n', rules: '', routing: '' }));
    await tila.start();
    await using created = command(['token', 'create', '--name', 'promtool', '--config', `${tila.folder}/tila.yaml`]);
    const [token] = await created.printed(/tila_\S+/);
    // promtool 2 knows no other way to send a token.
    url = tila.url.replace('://', `://promtool:${token}@`);
    await pause(FIRST_FIGURES_MS);
  });

  afterAll(() => stack.disposeAsync());

  const ask = async (program: string, args: readonly string[]): Promise<{ code: number; output: string }> => {
    await using running = new Program(program, args);
    return { code: await running.ended(), output: running.output };
  };

  describe.for(TOOLS)('%s', (tool) => {
    it.for([
      { args: ['query', 'instant', 'URL', 'process_cpu_seconds_total'], says: /job="tila".* => / },
      { args: ['query', 'instant', 'URL', 'vector(1)'], says: /\{\} => 1 @/ },
      { args: ['query', 'range', 'URL', 'process_cpu_seconds_total'], says: /job="tila"/ },
      { args: ['query', 'series', '--match=process_cpu_seconds_total', 'URL'], says: /job="tila"/ },
      { args: ['query', 'labels', 'URL', 'job'], says: /tila/ },
    ])('$args', async ({ args, says }) => {
      const { code, output } = await ask(
        tool,
        args.map((arg) => (arg === 'URL' ? url : arg)),
      );
      expect(output).toMatch(says);
      expect(code).toBe(0);
    });

    it('understands what is wrong with a query', async () => {
      const { code, output } = await ask(tool, ['query', 'instant', url, 'rate(x']);
      expect(output).toMatch(/bad_data: invalid parameter "query": 1:\d+: parse error: unclosed left parenthesis/);
      expect(code).toBe(1);
    });
  });
});
