import type { PanelSeries } from '@tila/contract/feed.ts';
import { type RequestOptions, request } from './client.ts';

export interface RangeQuery {
  readonly expr: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

interface MatrixAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [seconds: number, value: string])[];
    }[];
  };
}

/**
 * Prometheus' `/api/v1/query_range`. Series come with one point a step, null where there is none, as the live feed has them.
 * @throws {ApiError}
 */
export async function queryRange(query: RangeQuery, options: Pick<RequestOptions, 'signal'> = {}): Promise<PanelSeries[]> {
  const search = new URLSearchParams({
    query: query.expr,
    start: String(query.fromMs / 1000),
    end: String(query.toMs / 1000),
    step: String(query.stepMs / 1000),
  });
  const answer = await request<MatrixAnswer>(`/api/v1/query_range?${search}`, options);
  return answer.data.result.map(({ metric, values }) => ({ labels: metric, points: onGrid(values, query) }));
}

/** Fills the steps a matrix leaves out with nulls. */
export function onGrid(
  values: readonly (readonly [number, string])[],
  { fromMs, toMs, stepMs }: Pick<RangeQuery, 'fromMs' | 'toMs' | 'stepMs'>,
): PanelSeries['points'] {
  const known = new Map(values.map(([seconds, value]) => [Math.round(seconds * 1000), parseSample(value)]));
  const count = Math.floor((toMs - fromMs) / stepMs) + 1;
  return Array.from(
    { length: count },
    (_, index) => [fromMs + index * stepMs, known.get(fromMs + index * stepMs) ?? null] as const,
  );
}

function parseSample(text: string): number | null {
  const value = Number(text.replace('Inf', 'Infinity'));
  return Number.isNaN(value) ? null : value;
}
