/** Wong/Okabe-Ito, tuned per theme in tokens.css; the eighth is ink. */
export const SERIES_COLOURS = 8;

/** Colour of the nth series as a CSS value. Beyond eight, colours repeat and {@link seriesDash} tells them apart. */
export function seriesColour(index: number): string {
  return `var(--tila-s${index % SERIES_COLOURS})`;
}

const DASHES = ['', '5 3', '2 2'];

/** SVG dash pattern of the nth series: solid for the first eight. */
export function seriesDash(index: number): string {
  return DASHES[Math.floor(index / SERIES_COLOURS) % DASHES.length] ?? '';
}
