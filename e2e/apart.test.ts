import { expect, it } from 'vitest';
import { Exporter } from './harness/estate.ts';
import { eventually } from './harness/eventually.ts';
import { Folder } from './harness/folders.ts';
import { type Program, tila } from './harness/program.ts';

const source = (exporter: Exporter): string => `sources:
  - type: prometheus_scrape
    name: shop
    scrape_interval: 1s
    static_configs: [{ targets: ['${exporter.address}'] }]
`;

interface Matrix {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
}

it('a collector apart keeps every sample while its server is down', { timeout: 60_000 }, async () => {
  await using exporter = await Exporter.start('orders_total 1\n');
  using folder = new Folder();
  const serverConfig = (port: number) => `server: { listen: "127.0.0.1:${port}", data_dir: server }\n${source(exporter)}`;
  folder.write('server.yaml', serverConfig(0));
  const startServer = async (): Promise<{ program: Program; url: string }> => {
    const program = tila(['serve', '--role', 'server', '--config', folder.at('server.yaml')]);
    return { program, url: (await program.printed(/ready at (http:\S+)/))[1] ?? '' };
  };
  const first = await startServer();
  const { url } = first;
  await using firstServer = first.program;
  const token = async (name: string, options: readonly string[]): Promise<string> => {
    await using created = tila(['token', 'create', '--name', name, ...options, '--config', folder.at('server.yaml')]);
    return (await created.printed(/tila_\S+/))[0];
  };
  const [pushes, reads] = [await token('collector', ['--scope', 'ingest']), await token('reader', [])];
  folder.write('token', `${pushes}\n`);
  folder.write(
    'collector.yaml',
    `server: { data_dir: collector }\n${source(exporter)}collector: { server_url: "${url}", token_file: token }\n`,
  );
  // The exporter's page counts its scrapes, so that a sample that is missing shows.
  const counting = setInterval(() => {
    exporter.page = `orders_total ${exporter.scrapes + 1}\n`;
  }, 20);
  await using _counting = { [Symbol.asyncDispose]: async () => clearInterval(counting) };
  await using _collector = tila(['serve', '--role', 'collector', '--config', folder.at('collector.yaml')]);
  const values = async (): Promise<readonly (readonly [number, string])[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('orders_total[5m]')}`, {
      headers: { Authorization: `Bearer ${reads}` },
    });
    const { data } = (await answer.json()) as Matrix; // the Prometheus API's documented shape
    return data.result[0]?.values ?? [];
  };
  await eventually('samples from apart', async () => (await values()).length >= 2);

  await firstServer.stop('SIGTERM');
  const downSince = exporter.scrapes;
  await eventually('some scrapes without a server', () => exporter.scrapes >= downSince + 4);
  // The same address, or the collector would not find it.
  folder.write('server.yaml', serverConfig(Number(new URL(url).port)));
  const second = await startServer();
  await using _secondServer = second.program;
  const scrapedWhileDown = exporter.scrapes;
  const all = await eventually(
    'what waited on disk',
    async () => {
      const found = await values();
      return found.some(([, value]) => Number(value) > scrapedWhileDown) ? found : undefined;
    },
    40_000,
  );
  const gaps = all.map(([at], index) => at - (all[index - 1]?.[0] ?? at));
  expect(Math.max(...gaps), 'seconds between samples').toBeLessThan(1.9);
  expect(all.length).toBeGreaterThanOrEqual(downSince - 1 + 4);
});
