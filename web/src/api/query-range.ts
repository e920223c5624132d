import type { PanelSeries } from '@tila/contract/feed.ts';
import { type RequestOptions, request } from './client.ts';

export interface RangeQuery {
  readonly expr: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The width it is drawn in: the answer has the points that the picture needs, of evaluations every `resolutionMs`. */
  readonly pixels: number;
  readonly resolutionMs: number;
}

type MatrixPoint = readonly [seconds: number, value: string | null];

interface MatrixAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly MatrixPoint[];
    }[];
  };
}

/**
 * Prometheus' `/api/v1/query_range`, with our `pixels` and `resolution`. Series come with the points chosen of each pixel column, or
 * all where there are fewer than pixels, and a null in each gap.
 * @throws {ApiError}
 */
export async function queryRange(query: RangeQuery, options: Pick<RequestOptions, 'signal'> = {}): Promise<PanelSeries[]> {
  const search = new URLSearchParams({
    query: query.expr,
    start: String(query.fromMs / 1000),
    end: String(query.toMs / 1000),
    step: String(query.stepMs / 1000),
    resolution: String(query.resolutionMs / 1000),
    pixels: String(query.pixels),
  });
  const answer = await request<MatrixAnswer>(`/api/v1/query_range?${search}`, options);
  return answer.data.result.map(({ metric, values }) => ({ labels: metric, points: toPoints(values, query) }));
}

/** Where all points come, as from Prometheus, the steps left out are the gaps. */
export function toPoints(values: readonly MatrixPoint[], query: Omit<RangeQuery, 'expr' | 'stepMs'>): PanelSeries['points'] {
  const { fromMs, toMs, resolutionMs, pixels } = query;
  const steps = Math.floor((toMs - fromMs) / resolutionMs) + 1;
  const points = values.map(([seconds, value]) => [Math.round(seconds * 1000), parseSample(value)] as const);
  if (pixels < steps) {
    return points;
  }
  const known = new Map(points);
  return Array.from({ length: steps }, (_, index) => {
    const at = fromMs + index * resolutionMs;
    return [at, known.get(at) ?? null] as const;
  });
}

function parseSample(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text.replace('Inf', 'Infinity'));
  return Number.isNaN(value) ? null : value;
}
