import type { PanelUnit } from '@tila/contract/dashboards.ts';

const SI = [
  { factor: 1e12, prefix: 'T' },
  { factor: 1e9, prefix: 'G' },
  { factor: 1e6, prefix: 'M' },
  { factor: 1e3, prefix: 'k' },
];
const IEC = [
  { factor: 1024 ** 4, prefix: 'Ti' },
  { factor: 1024 ** 3, prefix: 'Gi' },
  { factor: 1024 ** 2, prefix: 'Mi' },
  { factor: 1024, prefix: 'Ki' },
];
const TIME = [
  { factor: 86_400, unit: 'd' },
  { factor: 3600, unit: 'h' },
  { factor: 60, unit: 'min' },
  { factor: 1, unit: 's' },
  { factor: 1e-3, unit: 'ms' },
  { factor: 1e-6, unit: 'µs' },
];

/**
 * A value as people read it: SI for rates and counts, IEC for bytes, s and ms for seconds, percent for ratios; three
 * significant digits. `null` and non-numbers are "no data".
 */
export function formatValue(value: number | null, unit: PanelUnit): string {
  if (value === null || Number.isNaN(value)) {
    return 'no data';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : '-∞';
  }
  switch (unit) {
    case 'percent':
      return `${digits(value)} %`;
    case 'ratio':
      return `${digits(value * 100)} %`;
    case 'seconds':
      return formatSeconds(value);
    case 'bytes':
      return scaled(value, IEC, 'B');
    case 'bytes/s':
      return scaled(value, IEC, 'B/s');
    case 'ops/s':
      return scaled(value, SI, '/s');
    case 'count':
    case 'short':
      return scaled(value, SI, '');
  }
}

/** The unit a foreign text means, so that what a server says in words can be formatted. */
export function unitOf(text: string): PanelUnit {
  const known: readonly PanelUnit[] = ['percent', 'ratio', 'seconds', 'bytes', 'bytes/s', 'ops/s', 'count'];
  return known.find((unit) => unit === text) ?? 'short';
}

/** The unit of a PromQL expression's value, guessed from the names that metrics are given by convention; `short` when in doubt. */
export function unitOfQuery(query: string): PanelUnit {
  const names = query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
  if (/ratio(?![a-z])/.test(names)) {
    return 'ratio';
  }
  if (/[/*]/.test(names)) {
    return 'short';
  }
  const isRate = /\b(?:rate|irate)\s*\(/.test(names);
  if (/bytes(?![a-z])/.test(names)) {
    return isRate ? 'bytes/s' : 'bytes';
  }
  if (/seconds(?!_total)(?![a-z])/.test(names)) {
    return 'seconds';
  }
  return isRate && !/seconds/.test(names) ? 'ops/s' : 'short';
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  const step = size === 0 ? TIME[3] : (TIME.find(({ factor }) => size >= factor) ?? TIME.at(-1));
  return step === undefined ? `${value} s` : `${digits(value / step.factor)} ${step.unit}`;
}

function scaled(value: number, steps: readonly { readonly factor: number; readonly prefix: string }[], unit: string): string {
  const step = steps.find(({ factor }) => Math.abs(value) >= factor);
  const suffix = `${step?.prefix ?? ''}${unit}`;
  const text = digits(value / (step?.factor ?? 1));
  return suffix === '' || suffix === '/s' ? `${text}${suffix}` : `${text} ${suffix}`;
}

/** Three significant digits, without an exponent until it is the only way. */
function digits(value: number): string {
  if (value === 0) {
    return '0';
  }
  const size = Math.abs(value);
  if (size >= 100) {
    return size < 1e15 ? String(Math.round(value)) : value.toExponential(2);
  }
  return size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
