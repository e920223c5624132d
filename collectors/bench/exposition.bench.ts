// Parses one target's body again and again with changing values and prints JSON lines { bench, figure, value, unit }.
// `node collectors/bench/exposition.bench.ts`
import type { LabelSet } from '@tila/contract/labels.ts';
import { ExpositionParser } from '../src/prometheus/exposition/exposition-parser.ts';

const LINES = 100_000;
const BODIES = 8;
const ROUNDS = 4;

const bodyOf = (round: number): string => {
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

function samplesPerSecond(run: () => void, samples: number): number {
  const startedAt = performance.now();
  run();
  return Math.round(samples / ((performance.now() - startedAt) / 1000));
}

const bodies = Array.from({ length: BODIES }, (_, round) => bodyOf(round));
const print = (figure: string, value: number, unit: string): void =>
  console.log(JSON.stringify({ bench: 'exposition', figure, value, unit }));

const predicted: number[] = [];
const first: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const parser = new ExpositionParser<LabelSet>();
  first.push(samplesPerSecond(() => parser.parse(bodies[0] ?? '', 'text', nothing), LINES));
  const again = bodies.slice(1);
  predicted.push(
    samplesPerSecond(() => {
      for (const body of again) {
        parser.parse(body, 'text', nothing);
      }
    }, LINES * again.length),
  );
}
print('first scrape of a target', Math.max(...first), 'samples/s');
print('repeated scrape of a target', Math.max(...predicted), 'samples/s');
