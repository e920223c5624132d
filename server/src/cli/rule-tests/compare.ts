import { compareLabels, type Labels } from '../../model/labels.ts';

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ComparedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What differs, one line each: `-` what was expected and is missing, `+` what is there beside it. `null` when nothing does. */
export function compareAlerts(expected: readonly ComparedAlert[], got: readonly ComparedAlert[]): string | null {
  const show = ({ labels, annotations }: ComparedAlert): string =>
    `${labels}${annotations.size === 0 ? '' : ` annotations ${annotations}`}`;
  return difference(expected.map(show), got.map(show));
}

export interface SampleComparison {
  /** Values may differ by the smallest step between two floats. */
  readonly fuzzy: boolean;
  readonly show: (value: number) => string;
}

/** Samples are compared exactly, in any order; NaN equals nothing, as in promtool. */
export function compareSamples(
  expected: readonly Sample[],
  got: readonly Sample[],
  { fuzzy, show }: SampleComparison,
): string | null {
  const order = (a: Sample, b: Sample): number => compareLabels(a.labels, b.labels);
  const [wanted, found] = [[...expected].sort(order), [...got].sort(order)];
  const isEqual =
    wanted.length === found.length &&
    wanted.every(({ labels, value }, index) => {
      const other = found[index];
      return other !== undefined && labels.key === other.labels.key && equalValues(value, other.value, fuzzy);
    });
  const text = ({ labels, value }: Sample): string => `${labels} ${show(value)}`;
  return isEqual ? null : (difference(wanted.map(text), found.map(text)) ?? 'NaN never equals NaN');
}

function equalValues(a: number, b: number, fuzzy: boolean): boolean {
  return a === b || (fuzzy && (nextFloat(a, 1n) === b || nextFloat(a, -1n) === b));
}

/** The neighbouring float, towards larger (1) or smaller (-1) magnitude. */
function nextFloat(value: number, step: 1n | -1n): number {
  if (!Number.isFinite(value) || value === 0) {
    return value;
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + step);
  return view.getFloat64(0);
}

function difference(expected: readonly string[], got: readonly string[]): string | null {
  const left = [...got];
  const missing = expected.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) {
      left.splice(at, 1);
    }
    return at < 0;
  });
  if (missing.length === 0 && left.length === 0) {
    return null;
  }
  const lines = [...missing.map((text) => `- ${text}`), ...left.map((text) => `+ ${text}`)];
  return `expected (-), got (+):\n${lines.join('\n')}`;
}
