import { ABSENT } from '../../model/sample.ts';
import type { EvaluationRange, MatrixSeries, QueryResult, ResultSeries } from '../../promql/engine.ts';

type Point = readonly [seconds: number, value: string];

/** `data` of an instant query's answer. */
export function instantData(result: QueryResult, atMs: number) {
  const at = atMs / 1000;
  switch (result.kind) {
    case 'scalar':
      return { resultType: 'scalar', result: [at, formatValue(result.values[0] ?? Number.NaN)] };
    case 'string':
      return { resultType: 'string', result: [at, result.value] };
    case 'vector':
      return { resultType: 'vector', result: result.series.flatMap((series) => vectorElement(series, at)) };
    case 'matrix':
      return { resultType: 'matrix', result: result.series.map(matrixElement) };
  }
}

/** `data` of a range query's answer: always a matrix, series without a point left out. A scalar is a series without labels. */
export function rangeData(result: QueryResult, range: EvaluationRange) {
  switch (result.kind) {
    case 'scalar':
      return { resultType: 'matrix', result: [{ metric: {}, values: pointsOf(result.values, range) }] };
    case 'vector': {
      const series = result.series.map(({ labels, values }) => ({ metric: labels.toJSON(), values: pointsOf(values, range) }));
      return { resultType: 'matrix', result: series.filter(({ values }) => values.length > 0) };
    }
    default:
      return { resultType: 'matrix', result: [] };
  }
}

/**
 * A value as Prometheus' JSON has it: shortest text that reads back the same, an exponent of at least two digits below 1e-6
 * and from 1e21 on (util/jsonutil.MarshalFloat). JavaScript switches to exponents at the same two places.
 */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : formatInfinity(value);
  }
  return Object.is(value, -0) ? '-0' : String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

function formatInfinity(value: number): string {
  return value > 0 ? '+Inf' : '-Inf';
}

function vectorElement({ labels, values }: ResultSeries, at: number) {
  const value = values[0] ?? ABSENT;
  return value === ABSENT ? [] : [{ metric: labels.toJSON(), value: [at, formatValue(value)] }];
}

function matrixElement({ labels, timestamps, values }: MatrixSeries) {
  const points = Array.from(timestamps, (timestampMs, i): Point => [timestampMs / 1000, formatValue(values[i] ?? Number.NaN)]);
  return { metric: labels.toJSON(), values: points };
}

function pointsOf(values: Float64Array, { startMs, stepMs }: EvaluationRange): readonly Point[] {
  const points: Point[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? ABSENT;
    if (value !== ABSENT) {
      points.push([(startMs + i * stepMs) / 1000, formatValue(value)]);
    }
  }
  return points;
}
