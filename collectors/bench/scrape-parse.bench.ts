// How fast a target's page becomes samples: a page seen for the first time, and the pages of later scrapes, whose lines are the
// same but for their values. The peer is promtool, which reads the same first page with
// Prometheus' client library and lints it; its start-up is taken off.
import { spawnSync } from 'node:child_process';
import type { LabelSet } from '@tila/contract/labels.ts';
import { ExpositionParser } from '../src/prometheus/exposition/exposition-parser.ts';

const BENCH = 'scrape-parse';
const PEER = 'promtool check metrics';
const LINES = 100_000;
const PAGES = 8;
const ROUNDS = 4;
const PEER_ROUNDS = 3;

const pageOf = (round: number): string => {
  const lines = Array.from({ length: LINES }, (_, index) => {
    const value = index % 5 === 0 ? (round * 0.37 + index).toFixed(3) : String(index * 7 + round * 15);
    const labels = `method="GET",path="/api/v1/items/${index % 977}",status="${200 + (index % 5)}",instance_id="i-${index}"`;
    return `http_requests_total{${labels}} ${value}\n`;
  });
  return lines.join('');
};

const nothing = {
  resolve: (labels: LabelSet) => labels,
  sample: () => undefined,
  metadata: () => undefined,
};

function seconds(run: () => void): number {
  const startedAt = performance.now();
  run();
  return (performance.now() - startedAt) / 1000;
}

/** Its best samples a second, or undefined where promtool is not installed. */
function promtool(page: string): number | undefined {
  const run = (input: string) => spawnSync('promtool', ['check', 'metrics'], { input, maxBuffer: 1024 * 1024 * 1024 });
  if (run('up 1\n').error !== undefined) {
    return undefined;
  }
  const best = (input: string) => Math.min(...Array.from({ length: PEER_ROUNDS }, () => seconds(() => run(input))));
  return LINES / (best(page) - best('up 1\n'));
}

const pages = Array.from({ length: PAGES }, (_, round) => pageOf(round));
const [firstPage = '', ...laterPages] = pages;
const first: number[] = [];
const later: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const parser = new ExpositionParser<LabelSet>();
  first.push(LINES / seconds(() => parser.parse(firstPage, 'text', nothing)));
  const parseLater = (): void => {
    for (const page of laterPages) {
      parser.parse(page, 'text', nothing);
    }
  };
  later.push((LINES * laterPages.length) / seconds(parseLater));
}

function report(figure: string, value: number, peerValue?: number): void {
  const against =
    peerValue === undefined
      ? {}
      : { peer: PEER, peerValue: Math.round(peerValue), ratio: Number((value / peerValue).toFixed(2)) };
  console.log(JSON.stringify({ bench: BENCH, figure, value: Math.round(value), unit: 'samples/s', ...against }));
}

report(`first page of a target, best of ${ROUNDS}`, Math.max(...first), promtool(firstPage));
report(`later pages of a target, best of ${ROUNDS}`, Math.max(...later));
