import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Matcher } from '../model/matcher.ts';
import { uncompressBlock } from '../model/remote-write/snappy-block.ts';
import { WriteDecoder } from '../model/remote-write/write-decoder.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { openTsdb } from '../storage/tsdb/tsdb.ts';
import { main } from './main.ts';

interface Request {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

let folder: string;
let server: Server;
let url: string;
let printed: string;
let requests: Request[];
let answers: { status: number; body: string }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tila-client-'));
  printed = '';
  requests = [];
  answers = [];
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) {
      parts.push(part);
    }
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization, body: Buffer.concat(parts) });
    const { status, body } = answers.shift() ?? { status: 204, body: '' };
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<number> {
  const print = (text: string): void => {
    printed += text;
  };
  return main(args, { write: print, writeError: print, env: { TILA_URL: url, TILA_TOKEN: 'secret' }, cwd: folder });
}

const success = (data: object, more: object = {}) => ({
  status: 200,
  body: JSON.stringify({ status: 'success', data, ...more }),
});

describe('query', () => {
  it('prints a vector, and annotations beside it', async () => {
    answers = [
      success(
        { resultType: 'vector', result: [{ metric: { __name__: 'up', job: 'a"b' }, value: [1, '0.5'] }] },
        { infos: ['look'] },
      ),
    ];
    expect(await run('query', 'up', '--time', '12.5')).toBe(0);
    expect(printed).toBe('look\nup{job="a\\"b"}  0.5\n');
    expect(requests[0]).toMatchObject({ path: '/api/v1/query', authorization: 'Bearer secret' });
    expect(requests[0]?.body.toString()).toBe('query=up&time=12.5');
  });

  it('prints a range point by point', async () => {
    answers = [
      success({
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [0, '1'],
              [60, 'NaN'],
            ],
          },
        ],
      }),
    ];
    expect(await run('query', 'range', 'x', '--start', '0', '--end', '60', '--step', '1m')).toBe(0);
    expect(printed).toBe('{}\n  1970-01-01T00:00:00.000Z  1\n  1970-01-01T00:01:00.000Z  NaN\n');
    expect(requests[0]?.body.toString()).toBe('query=x&start=0&end=60&step=1m');
  });

  it('takes times before now, and prints JSON as it came', async () => {
    answers = [success({ resultType: 'scalar', result: [1, '2'] })];
    expect(await run('query', '1+1', '--time', '-1h', '--json')).toBe(0);
    expect(printed).toBe('{"resultType":"scalar","result":[1,"2"]}\n');
  });

  it.for([
    { answer: { status: 400, body: '{"status":"error","error":"1:3: parse error: no"}' }, says: 'tila: 1:3: parse error: no\n' },
    { answer: { status: 401, body: '' }, says: 'refuses the token' },
    { answer: { status: 502, body: 'bad gateway' }, says: 'answers 502' },
  ])('says what is wrong: $says', async ({ answer, says }) => {
    answers = [answer];
    expect(await run('query', 'x')).toBe(1);
    expect(printed).toContain(says);
  });

  it('wants a time that is one', async () => {
    expect(await run('query', 'x', '--time', 'yesterday')).toBe(2);
    expect(printed).toContain('--time is now, -1h, Unix seconds');
  });
});

describe('import openmetrics', () => {
  const importText = (text: string): Promise<number> => {
    writeFileSync(join(folder, 'f.om'), text);
    return run('import', 'openmetrics', 'f.om');
  };

  it('sends every sample with its time, in batches', async () => {
    const lines = Array.from({ length: 12_000 }, (_, i) => `jobs_total{queue="a"} ${i} ${1000 + i}.5\n`);
    expect(await importText(`# TYPE jobs counter\n${lines.join('')}# EOF\n`)).toBe(0);
    expect(printed).toBe('12000 samples imported\n');
    const decoder = new WriteDecoder();
    const writes = requests.map(({ body }) => decoder.decode(uncompressBlock(body, 1 << 24), '1.0'));
    expect(writes.map(({ values }) => values.length)).toEqual([4999, 5000, 2001]);
    expect(writes[2]?.values.at(-1)).toBe(11_999);
    expect(writes[2]?.timestamps.at(-1)).toBe((1000 + 11_999.5) * 1000);
    expect(String(writes[0]?.labels[0])).toBe('jobs_total{queue="a"}');
  });

  it.for([
    {
      text: 'a 1 1\nb{x="y 2 2\nc 3\n# EOF\n',
      says: ['f.om: line 2: ', 'f.om: line 3: the sample has no timestamp', '2 problems found'],
    },
    { text: 'a 1 1\n', says: ['f.om: line 1: OpenMetrics text must end with "# EOF"'] },
    { text: 'a 1 1\n# EOF\nb 1 1\n', says: ['f.om: line 3: there is text after "# EOF" in line 2'] },
  ])('changes nothing when the file is wrong: $says', async ({ text, says }) => {
    expect(await importText(text)).toBe(1);
    expect(requests).toEqual([]);
    for (const part of says) {
      expect(printed).toContain(part);
    }
  });

  it('tries again while the console is busy, and tells what it refuses', async () => {
    answers = [
      { status: 503, body: 'busy' },
      { status: 400, body: '1 sample is too old' },
    ];
    expect(await importText('a 1 1\nb 1 1\n# EOF\n')).toBe(1);
    expect(requests).toHaveLength(2);
    expect(printed).toContain('1 sample is too old');
    expect(printed).toContain('2 samples imported, some of which were refused');
  });

  it('stores into the folder of a console that does not run, by its configuration, and not beside one that does', async () => {
    const data = join(folder, 'data');
    const at = Math.floor(Date.now() / 1000) - 3600;
    writeFileSync(join(folder, 'f.om'), `up{job="api-prod"} 1 ${at}\nup{job="api-prod",l="x"} 2 ${at}\n# EOF\n`);
    const mapping = '{ source_labels: [job], regex: "(.+)-prod", target_label: environment, replacement: prod }';
    writeFileSync(join(folder, 'tila.yaml'), `server: { data_dir: data }\ninventory: { mapping: [${mapping}] }\n`);
    expect(await run('import', 'openmetrics', 'f.om', '--data-dir', 'data')).toBe(1);
    expect(printed).toContain('holds no console yet');

    const options = { folder: data, clock: systemClock, logger: silentLogger };
    await using running = await openTsdb(options);
    expect(await run('import', 'openmetrics', 'f.om', '--config', 'tila.yaml')).toBe(1);
    expect(printed).toContain('is in use');
    await running[Symbol.asyncDispose]();

    printed = '';
    expect(await run('import', 'openmetrics', 'f.om', '--config', 'tila.yaml')).toBe(0);
    expect(await run('import', 'openmetrics', 'f.om', '--config', 'tila.yaml')).toBe(0);
    expect(printed).toBe('2 samples imported\n2 samples imported\n');
    writeFileSync(join(folder, 'f.om'), `up{job="api-prod"} 7 ${at}\n# EOF\n`);
    expect(await run('import', 'openmetrics', 'f.om', '--config', 'tila.yaml')).toBe(1);
    expect(printed).toContain('1 samples refused: 1 samples have another value than is stored');
    expect(requests).toEqual([]);

    await using store = await openTsdb(options);
    const matchers = [new Matcher('environment', '=', 'prod')];
    const found = await store.select({ matchers, fromMs: 0, toMs: at * 1000 });
    expect(found.map(({ values }) => [...values]).sort()).toEqual([[1], [2]]);
  });

  it('wants either a running console or a folder', async () => {
    writeFileSync(join(folder, 'f.om'), '# EOF\n');
    expect(await run('import', 'openmetrics', 'f.om', '--data-dir', 'data', '--token', 'x')).toBe(2);
  });
});
