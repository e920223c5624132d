import { relativeDifference } from '../instant-query.ts';

type Point = readonly [time: number, value: string];

interface SeriesJson {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Point;
  readonly values?: readonly Point[];
}

/** What `/api/v1/query` and `/api/v1/query_range` answer. */
export interface ApiResponse {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly SeriesJson[] | Point };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/**
 * What Prometheus 3.14 is known to answer wrongly, by the expression: nothing where a pinned subquery is given to a function
 * that is not pinned itself (prometheus/prometheus#18610).
 */
const KNOWN_BUG = /\b(predict_linear|quantile_over_time)\(.*:.*\].*@/;

/** Whether a difference in series is explained by a bug of the Prometheus that is compared with. */
export function isKnownBug(expr: string): boolean {
  return KNOWN_BUG.test(expr);
}

/**
 * How far values may lie apart. Variances of nearly equal numbers depend on the order of the series, which is nobody's; and
 * Go's transcendental functions differ from JavaScript's in the last bit, which differences of their results enlarge.
 */
export function toleranceOf(expr: string, usual: number): number {
  return /\bstd(var|dev)/.test(expr) || isTranscendental(expr) ? 1e-9 : usual;
}

/** Whether an expression computes what Go and JavaScript give with other last digits. */
export function isTranscendental(expr: string): boolean {
  return /\b(atan2|a?(sin|cos|tan)h?|exp|ln|log2|log10)\b|\^/.test(expr);
}

/** What differs between two answers to one query, in words; `null` when nothing does that counts. */
export function differenceOf(theirs: ApiResponse, ours: ApiResponse, tolerance: number): string | null {
  if (theirs.status !== ours.status) {
    return `there ${theirs.error ?? theirs.status}; here ${ours.error ?? ours.status}`;
  }
  if (theirs.data === undefined || ours.data === undefined) {
    return null;
  }
  if (theirs.data.resultType !== ours.data.resultType) {
    return `there a ${theirs.data.resultType}; here a ${ours.data.resultType}`;
  }
  return (
    differenceOfPoints(pointsOf(theirs.data.result), pointsOf(ours.data.result), tolerance) ??
    differenceOfAnnotations(theirs, ours)
  );
}

function pointsOf(result: readonly SeriesJson[] | Point): ReadonlyMap<string, string> {
  if (typeof result[0] === 'number') {
    return new Map([['scalar', String(result[1])]]);
  }
  const points = new Map<string, string>();
  for (const { metric, value, values } of result as readonly SeriesJson[]) {
    // only a scalar begins with a number
    const key = JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
    for (const [time, text] of values ?? (value === undefined ? [] : [value])) {
      points.set(`${key} @ ${time}`, text);
    }
  }
  return points;
}

function differenceOfPoints(
  theirs: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
  tolerance: number,
): string | null {
  for (const [key, value] of theirs) {
    const own = ours.get(key);
    if (own === undefined) {
      return `${key}: there ${value}, here nothing`;
    }
    const difference = relativeDifference(value, own);
    if (!(difference <= tolerance)) {
      return `${key}: there ${value}, here ${own}`;
    }
  }
  for (const [key, value] of ours) {
    if (!theirs.has(key)) {
      return `${key}: there nothing, here ${value}`;
    }
  }
  return null;
}

function differenceOfAnnotations(theirs: ApiResponse, ours: ApiResponse): string | null {
  for (const kind of ['warnings', 'infos'] as const) {
    const [there, here] = [theirs, ours].map((response) => [...(response[kind] ?? [])].map(countless).sort().join('\n'));
    if (there !== here) {
      return `${kind} there ${there === '' ? 'none' : there}; here ${here === '' ? 'none' : here}`;
    }
  }
  return null;
}

/**
 * Without delayed name removal annotations name no metric. And Prometheus counts corrected histograms again whenever it merges annotations: billions where there are
 * five (prometheus/prometheus#15578).
 */
function countless(annotation: string): string {
  return annotation.replace(/over \d+ samples/, 'over some samples').replace(/ for metric name "[^"]*"/, '');
}
