import { z } from 'zod';
import { LabelSet } from './labels.ts';

/**
 * The staleness marker in memory: "this series has ended here". A subnormal number that no exporter sends,
 * because JavaScript does not keep NaN payloads. On the wire it is the word "stale".
 */
export const STALE_MARKER = -4.243_991_583e-314;

export const MetricType = z.enum(['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset', 'unknown']);
export type MetricType = z.infer<typeof MetricType>;

export const MetricMetadata = z.object({ type: MetricType, help: z.string(), unit: z.string() });
export type MetricMetadata = z.infer<typeof MetricMetadata>;

/**
 * Samples on their way from a collector to ingest, as columns: row i is one sample of `labels[i]`.
 * Handing in the same LabelSet object again (not a copy) lets ingest skip validating and hashing it.
 */
export interface SampleBatch {
  readonly source: string;
  readonly labels: readonly LabelSet[];
  /** Epoch milliseconds. */
  readonly timestamps: readonly number[];
  /** Any double, or STALE_MARKER. */
  readonly values: readonly number[];
  readonly metadata?: Readonly<Record<string, MetricMetadata>>;
  /** "All I will ever say about t ≤ watermarkMs is in." */
  readonly watermarkMs?: number;
}

const WireValue = z.union([z.number(), z.enum(['NaN', '+Inf', '-Inf', 'stale'])]);

/** The same batch as JSON carries it. */
export const WireSampleBatch = z.object({
  source: z.string().min(1).max(200),
  labels: z.array(LabelSet),
  timestamps: z.array(z.number().int()),
  values: z.array(WireValue),
  metadata: z.record(z.string(), MetricMetadata).optional(),
  watermarkMs: z.number().int().optional(),
});
export type WireSampleBatch = z.infer<typeof WireSampleBatch>;

export function encodeSampleBatch(batch: SampleBatch): WireSampleBatch {
  return {
    source: batch.source,
    labels: [...batch.labels],
    timestamps: [...batch.timestamps],
    values: batch.values.map(encodeValue),
    ...(batch.metadata === undefined ? {} : { metadata: { ...batch.metadata } }),
    ...(batch.watermarkMs === undefined ? {} : { watermarkMs: batch.watermarkMs }),
  };
}

export function decodeSampleBatch(wire: WireSampleBatch): SampleBatch {
  const { metadata, watermarkMs, ...rest } = wire;
  return {
    ...rest,
    values: wire.values.map(decodeValue),
    ...(metadata === undefined ? {} : { metadata }),
    ...(watermarkMs === undefined ? {} : { watermarkMs }),
  };
}

function encodeValue(value: number): WireSampleBatch['values'][number] {
  if (value === STALE_MARKER) {
    return 'stale';
  }
  if (Number.isFinite(value)) {
    return value;
  }
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  return value > 0 ? '+Inf' : '-Inf';
}

function decodeValue(value: WireSampleBatch['values'][number]): number {
  switch (value) {
    case 'stale':
      return STALE_MARKER;
    case 'NaN':
      return Number.NaN;
    case '+Inf':
      return Number.POSITIVE_INFINITY;
    case '-Inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return value;
  }
}

/** What ingest says after the batch is durable. */
export const WriteReceipt = z.object({
  accepted: z.number().int(),
  duplicate: z.number().int(),
  tooOld: z.number().int(),
  /** Rows refused by validation, with the first few reasons. The other rows of the batch are stored. */
  invalid: z.number().int(),
  problems: z.array(z.string()),
});
export type WriteReceipt = z.infer<typeof WriteReceipt>;
