import { Labels } from '../model/labels.ts';
import type { Annotations, EngineDeps, EvaluationRange, QueryLimits, QueryResult } from '../promql/engine.ts';
import { EvaluationError, PromqlParseError, QueryCanceledError, QueryLimitError } from '../promql/errors.ts';
import type { ShareAsk } from '../promql/shares.ts';
import type { Logger } from '../runtime/logger.ts';
import type { SharedRequest } from '../storage/tsdb/shared-selection.ts';
import type { HandedSelection } from './group-handles.ts';
import { QueryWorkerError } from './query-runner.ts';
import type { SharedOut } from './share-asker.ts';
import type { ShareTask } from './share-helper.ts';

/** One query for a worker. */
export interface QueryJob {
  /** Rises from 1; 0 is nobody's. */
  readonly id: number;
  readonly expr: string;
  readonly time: { readonly atMs: number } | EvaluationRange;
  /** `json` is a whole body of Prometheus' HTTP API. */
  readonly form: 'result' | 'json';
  readonly limits: QueryLimits;
  readonly lookbackMs?: number;
  readonly limit?: number;
  readonly pixels?: number;
  readonly stats?: boolean;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly databasePath: string;
  /** One Int32: the id of the newest job that was cancelled. Read while the worker computes and hears no messages. */
  readonly cancelled: SharedArrayBuffer;
  /** One BigInt64: the samples that the job's threads have read. See JobBudget. */
  readonly spent: SharedArrayBuffer;
  readonly engine: Pick<EngineDeps, 'lookbackMs' | 'defaultSubqueryStepMs'>;
}

export type ToWorker =
  | { readonly kind: 'run'; readonly job: QueryJob }
  | ResolvedMessage
  | { readonly kind: 'help'; readonly job: QueryJob; readonly spent: SharedArrayBuffer }
  | { readonly kind: 'share'; readonly task: Omit<ShareTask, 'selection'> & { readonly selection: HandedSelection } }
  | { readonly kind: 'release'; readonly job: number }
  | { readonly kind: 'forget groups' }
  | { readonly kind: 'refused'; readonly ask: number; readonly error: WireError };

/** `ports` is where the answers of those come from who have taken shares. */
export interface ResolvedMessage extends Omit<SharedOut, 'selection'> {
  readonly kind: 'resolved';
  readonly ask: number;
  readonly selection: HandedSelection;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'resolve'; readonly ask: number; readonly request: SharedRequest; readonly share?: ShareAsk }
  | { readonly kind: 'shared'; readonly job: number }
  | { readonly kind: 'released'; readonly job: number }
  | { readonly kind: 'answered'; readonly job: number; readonly answer: WireAnswer }
  | { readonly kind: 'failed'; readonly job: number; readonly error: WireError }
  | { readonly kind: 'log'; readonly level: keyof Logger; readonly line: readonly unknown[] };

/** The range of a job; a single time is a range of one step. */
export function rangeOf({ time }: QueryJob): EvaluationRange {
  return 'atMs' in time ? { startMs: time.atMs, endMs: time.atMs, stepMs: 1 } : time;
}

export type WireAnswer = { readonly json: Uint8Array<ArrayBuffer> } | { readonly result: WireResult };

/** Labels as name, value, name, value. */
type FlatLabels = readonly string[];

/** A QueryResult that can be cloned: labels are plain, the values of all series lie in one array. */
export type WireResult =
  | { readonly kind: 'scalar'; readonly values: Float64Array<ArrayBuffer>; readonly annotations: Annotations }
  | { readonly kind: 'string'; readonly value: string; readonly annotations: Annotations }
  | {
      readonly kind: 'vector';
      readonly labels: readonly FlatLabels[];
      readonly values: Float64Array<ArrayBuffer>;
      readonly annotations: Annotations;
    }
  | {
      readonly kind: 'matrix';
      readonly labels: readonly FlatLabels[];
      readonly lengths: readonly number[];
      readonly timestamps: Float64Array<ArrayBuffer>;
      readonly values: Float64Array<ArrayBuffer>;
      readonly annotations: Annotations;
    };

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly limit?: QueryLimitError['limit'];
  readonly position?: number;
  readonly reason?: string;
}

export function encodeResult(result: QueryResult): WireResult {
  switch (result.kind) {
    case 'string':
      return result;
    case 'scalar':
      return { ...result, values: Float64Array.from(result.values) };
    case 'vector': {
      const { series, ...rest } = result;
      return { ...rest, labels: series.map(flatLabels), values: concatenated(series.map(({ values }) => values)) };
    }
    case 'matrix': {
      const { series, ...rest } = result;
      return {
        ...rest,
        labels: series.map(flatLabels),
        lengths: series.map(({ values }) => values.length),
        timestamps: concatenated(series.map(({ timestamps }) => timestamps)),
        values: concatenated(series.map(({ values }) => values)),
      };
    }
  }
}

export function decodeResult(wire: WireResult): QueryResult {
  const { annotations } = wire;
  switch (wire.kind) {
    case 'string':
    case 'scalar':
      return wire;
    case 'vector': {
      const steps = wire.values.length / Math.max(wire.labels.length, 1);
      const series = wire.labels.map((flat, row) => ({
        labels: labelsOf(flat),
        values: wire.values.subarray(row * steps, (row + 1) * steps),
      }));
      return { kind: 'vector', series, annotations };
    }
    case 'matrix': {
      let end = 0;
      const series = wire.labels.map((flat, row) => {
        const start = end;
        end += wire.lengths[row] ?? 0;
        return {
          labels: labelsOf(flat),
          timestamps: wire.timestamps.subarray(start, end),
          values: wire.values.subarray(start, end),
        };
      });
      return { kind: 'matrix', series, annotations };
    }
  }
}

/** The buffers of an answer that can be given away instead of copied. */
export function transferable(answer: WireAnswer): ArrayBuffer[] {
  if ('json' in answer) {
    return [answer.json.buffer];
  }
  const { result } = answer;
  switch (result.kind) {
    case 'string':
      return [];
    case 'scalar':
    case 'vector':
      return [result.values.buffer];
    case 'matrix':
      return [result.values.buffer, result.timestamps.buffer];
  }
}

export function encodeError(error: unknown): WireError {
  if (error instanceof QueryLimitError) {
    return { name: error.name, message: error.message, limit: error.limit };
  }
  if (error instanceof PromqlParseError) {
    return { name: error.name, message: error.message, position: error.position, reason: error.reason };
  }
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}

/** The error as promql would have thrown it here; what is none of promql's is a QueryWorkerError. */
export function decodeError(expr: string, { name, message, limit, position = 0, reason = message }: WireError): Error {
  switch (name) {
    case 'QueryLimitError':
      return new QueryLimitError(limit ?? 'samples', message);
    case 'PromqlParseError':
      return new PromqlParseError(expr, { start: position, end: position }, reason);
    case 'EvaluationError':
      return new EvaluationError(message);
    case 'QueryCanceledError':
      return new QueryCanceledError(message);
    default:
      return new QueryWorkerError(`the query failed in its worker: ${name}: ${message}`);
  }
}

function flatLabels({ labels }: { readonly labels: Labels }): FlatLabels {
  return [...labels.entries()].flat();
}

function labelsOf(flat: FlatLabels): Labels {
  const entries: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    entries.push([flat[i] ?? '', flat[i + 1] ?? '']);
  }
  return Labels.fromEntries(entries);
}

function concatenated(columns: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const joined = new Float64Array(columns.reduce((length, column) => length + column.length, 0));
  let at = 0;
  for (const column of columns) {
    joined.set(column, at);
    at += column.length;
  }
  return joined;
}
