import type { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import type { Annotations, EvaluationRange, MatrixSeries, QueryResult } from '../promql/engine.ts';
import { EvaluationError } from '../promql/errors.ts';
import { type AnswerBounds, AnswerBytes } from './answer-bytes.ts';
import { downsample } from './downsample.ts';
import type { AnswerOptions } from './query-runner.ts';

/** How an answer is to be given. */
export interface AnswerShape extends Pick<AnswerOptions, 'limit' | 'pixels'> {
  readonly bounds?: AnswerBounds;
  /** How long the evaluation took, when that is to be told. */
  readonly seconds?: number;
}

/** The shape asked for, after an evaluation that began at a time of `performance.now()`. */
export function shapeOf({ limit, pixels, stats }: AnswerOptions, startedAt: number, bounds: AnswerBounds): AnswerShape {
  return {
    bounds,
    ...(limit !== undefined && { limit }),
    ...(pixels !== undefined && { pixels }),
    ...(stats === true && { seconds: (performance.now() - startedAt) / 1000 }),
  };
}

/** The body that answers an instant query, as Prometheus' API writes it. @throws QueryLimitError when it gets too large */
export function instantAnswer(result: QueryResult, atMs: number, shape: AnswerShape = {}): Uint8Array<ArrayBuffer> {
  const at = String(atMs / 1000);
  const told = { annotations: result.annotations, shape };
  switch (result.kind) {
    case 'scalar':
      return body('scalar', `[${at},"${formatValue(result.values[0] ?? Number.NaN)}"]`, told);
    case 'string':
      return body('string', `[${at},${JSON.stringify(result.value)}]`, told);
    case 'vector': {
      const present = result.series.filter(({ values }) => values[0] !== ABSENT);
      const element = ({ labels, values }: (typeof present)[number]) => [
        `{"metric":${labelsJson(labels)},"value":[${at},"${formatValue(values[0] ?? Number.NaN)}"]}`,
      ];
      return listBody('vector', { elements: present, element }, told);
    }
    case 'matrix':
      return listBody('matrix', { elements: result.series, element: matrixElement }, told);
  }
}

/**
 * The body that answers a range query: always a matrix, series without a point left out; a scalar is a series without labels.
 * With `pixels`, the points that `downsample` chooses, and `[time, null]` where a gap lies between two of them.
 * @throws EvaluationError for what has no value at every step, QueryLimitError when it gets too large
 */
export function rangeAnswer(result: QueryResult, range: EvaluationRange, shape: AnswerShape = {}): Uint8Array<ArrayBuffer> {
  if (result.kind === 'matrix' || result.kind === 'string') {
    const name = result.kind === 'matrix' ? 'range vector' : 'string';
    throw new EvaluationError(`invalid expression type "${name}" for range query, must be Scalar or instant Vector`);
  }
  const told = { annotations: result.annotations, shape };
  const points = new StepPoints(range, shape.pixels);
  if (result.kind === 'scalar') {
    return body('matrix', `[{"metric":{},"values":${points.json(result.values)}}]`, told);
  }
  const elements = result.series.filter(({ values }) => values.some((value) => value !== ABSENT));
  const element = ({ labels, values }: (typeof elements)[number]) => [
    `{"metric":${labelsJson(labels)},"values":${points.json(values)}}`,
  ];
  return listBody('matrix', { elements, element }, told);
}

/**
 * A value as Prometheus' JSON has it: shortest text that reads back the same, an exponent of at least two digits below 1e-6
 * and from 1e21 on (util/jsonutil.MarshalFloat). JavaScript switches to exponents at the same two places.
 */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : formatInfinity(value);
  }
  if (value === 0) {
    return Object.is(value, -0) ? '-0' : '0';
  }
  const text = String(value);
  return text.includes('e') ? text.replace(/e([+-])(\d)$/, 'e$10$2') : text;
}

function formatInfinity(value: number): string {
  return value > 0 ? '+Inf' : '-Inf';
}

/** Points of rows over one range: the text of each time is made once. */
class StepPoints {
  readonly #times: readonly string[];
  readonly #pixels: number | undefined;

  constructor({ startMs, endMs, stepMs }: EvaluationRange, pixels: number | undefined) {
    const steps = Math.floor((endMs - startMs) / stepMs) + 1;
    this.#times = Array.from({ length: steps }, (_, step) => String((startMs + step * stepMs) / 1000));
    this.#pixels = pixels !== undefined && pixels < steps ? pixels : undefined;
  }

  json(values: Float64Array): string {
    return this.#pixels === undefined ? this.#every(values) : this.#chosen(values, this.#pixels);
  }

  #every(values: Float64Array): string {
    let text = '';
    for (let step = 0; step < values.length; step += 1) {
      const value = values[step] ?? ABSENT;
      if (value !== ABSENT) {
        text += `${text === '' ? '' : ','}[${this.#times[step]},"${formatValue(value)}"]`;
      }
    }
    return `[${text}]`;
  }

  #chosen(row: Float64Array, pixels: number): string {
    const { steps, values } = downsample(row, pixels);
    const points = Array.from(values, (value, i) => {
      const shown = value === ABSENT ? 'null' : `"${formatValue(value)}"`;
      return `[${this.#times[steps[i] ?? 0]},${shown}]`;
    });
    return `[${points.join(',')}]`;
  }
}

const POINTS_A_PIECE = 10_000;

/** In pieces, because a range vector has as many points as there are samples. */
function* matrixElement({ labels, timestamps, values }: MatrixSeries): Generator<string> {
  yield `{"metric":${labelsJson(labels)},"values":[`;
  for (let from = 0; from < timestamps.length; from += POINTS_A_PIECE) {
    const times = timestamps.subarray(from, from + POINTS_A_PIECE);
    const points = Array.from(times, (timeMs, i) => `[${timeMs / 1000},"${formatValue(values[from + i] ?? Number.NaN)}"]`);
    yield `${from === 0 ? '' : ','}${points.join(',')}`;
  }
  yield ']}';
}

function labelsJson(labels: Labels): string {
  return JSON.stringify(labels);
}

interface List<Element> {
  readonly elements: readonly Element[];
  readonly element: (element: Element) => Iterable<string>;
}

interface Told {
  readonly annotations: Annotations;
  readonly shape: AnswerShape;
}

function listBody<Element>(type: string, { elements, element }: List<Element>, told: Told): Uint8Array<ArrayBuffer> {
  const { limit = 0, bounds = {} } = told.shape;
  const isCut = limit > 0 && elements.length > limit;
  const shown = isCut ? elements.slice(0, limit) : elements;
  const { head, tail } = frame(type, told, isCut);
  const bytes = new AnswerBytes(bounds);
  bytes.add(`${head}[`);
  for (const [at, each] of shown.entries()) {
    let comma = at === 0 ? '' : ',';
    for (const piece of element(each)) {
      bytes.add(comma + piece);
      comma = '';
    }
  }
  bytes.add(`]${tail}`);
  return bytes.build();
}

function body(type: string, result: string, told: Told): Uint8Array<ArrayBuffer> {
  const { head, tail } = frame(type, told, false);
  const bytes = new AnswerBytes(told.shape.bounds ?? {});
  bytes.add(head + result + tail);
  return bytes.build();
}

function frame(type: string, { annotations, shape }: Told, isCut: boolean): { head: string; tail: string } {
  const { warnings, infos } = annotations;
  const { seconds } = shape;
  const stats = seconds === undefined ? '' : `,"stats":{"timings":{"evalTotalTime":${seconds},"execTotalTime":${seconds}}}`;
  const all = [...warnings, ...(isCut ? ['results truncated due to limit'] : [])];
  return {
    head: `{"status":"success","data":{"resultType":"${type}","result":`,
    tail: `${stats}}${all.length > 0 ? `,"warnings":${JSON.stringify(all)}` : ''}${infos.length > 0 ? `,"infos":${JSON.stringify(infos)}` : ''}}`,
  };
}
