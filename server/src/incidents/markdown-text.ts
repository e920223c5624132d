/** Hostile text as one line of inert Markdown: no markup, no HTML, no links, no line breaks, no table cells broken. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$^-]/g, (character) => `\\${character}`)
    .replace(/:\/\//g, ':&#47;&#47;')
    .replace(/@/g, '&#64;')
    .replace(/\bwww\./gi, (match) => `${match.slice(0, 3)}&#46;`)
    .trim();
}

/** Text as a code span that its content cannot end. */
export function codeSpan(text: string): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** `2026-11-22 16:29:06 UTC`. */
export function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `1 h 2 min 3 s`, to the second. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  return shown.length === 0 ? '0 s' : shown.join(' ');
}

const BARS = '▁▂▃▄▅▆▇█';

/** At most `width` bars between the smallest and the largest value; a dot where there is none. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const size = Math.max(Math.ceil(values.length / width), 1);
  const buckets = Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
  return buckets
    .map((bucket) => {
      const present = bucket.filter((value) => value !== null);
      if (present.length === 0) {
        return '·';
      }
      const level = high === low ? 0 : Math.round(((Math.max(...present) - low) / (high - low)) * (BARS.length - 1));
      return BARS[level] ?? '·';
    })
    .join('');
}

/** A value in at most five significant digits, the same on every machine. */
export function number(value: number): string {
  return String(Number(value.toPrecision(5)));
}
