import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SERIES_COLOURS, seriesColour, seriesDash } from './palette.ts';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokensOf(scheme: 'dark' | 'light'): Map<string, string> {
  const block = css.split(`[data-mantine-color-scheme="${scheme}"] {`)[1]?.split('}')[0] ?? '';
  return new Map([...block.matchAll(/--tila-([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(['dark', 'light'] as const)('tokens of the %s theme', (scheme) => {
  const tokens = tokensOf(scheme);
  const colour = (name: string) => tokens.get(name) ?? '#000000';
  const texts = ['text', 'dim', 'faint', 'accent', 'critical', 'warning', 'ok', 'stale', 'maintenance'];

  it.for(texts.flatMap((text) => ['bg', 'surface', 'raised', 'hover'].map((surface) => ({ text, surface }))))(
    '$text on $surface reads at 4.5:1',
    ({ text, surface }) => {
      expect(contrast(colour(text), colour(surface))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.for(['critical', 'warning', 'ok', 'stale'].map((status) => ({ status })))(
    '$status reads on its own soft surface',
    ({ status }) => {
      expect(contrast(colour(status), colour(`${status}-soft`))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour('dim'), colour(`${status}-soft`))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour('faint'), colour(`${status}-soft`))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.for(Array.from({ length: SERIES_COLOURS }, (_, index) => ({ index })))(
    'series $index stands out from the panel at 3:1',
    ({ index }) => {
      expect(contrast(colour(`s${index}`), colour('surface'))).toBeGreaterThanOrEqual(3);
    },
  );
});

it.for([
  { index: 0, colour: 'var(--tila-s0)', dash: '', why: 'the first series is solid' },
  { index: 8, colour: 'var(--tila-s0)', dash: '5 3', why: 'the ninth repeats the colour, dashed' },
  { index: 24, colour: 'var(--tila-s0)', dash: '', why: 'after three rounds it starts over' },
])('$why', ({ index, colour, dash }) => {
  expect(seriesColour(index)).toBe(colour);
  expect(seriesDash(index)).toBe(dash);
});
