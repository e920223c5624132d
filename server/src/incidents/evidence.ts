import { createHash } from 'node:crypto';
import type { SeriesEvidence } from '@tila/contract/incidents.ts';
import type { LabelSet } from '@tila/contract/labels.ts';
import { z } from 'zod';
import type { Labels } from '../model/labels.ts';
import { ABSENT } from '../model/sample.ts';
import { stripComparison } from './strip-comparison.ts';

/** Evaluates an expression over a range. One value a step, `ABSENT` where there is none; a scalar is one series without labels. */
export interface EvidenceReader {
  range(
    expr: string,
    range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  ): Promise<readonly { readonly labels: Labels; readonly values: ArrayLike<number> }[]>;
}

/** What to freeze for a timeline entry. */
export const EvidenceRequest = z.object({
  expr: z.string(),
  labels: z.record(z.string(), z.string()),
  fromAt: z.number(),
  toAt: z.number(),
  stepMs: z.number(),
});
export type EvidenceRequest = z.infer<typeof EvidenceRequest>;

const MAX_SERIES = 20;
const MAX_POINTS = 120;

/** A window in at most 120 steps, not finer than the rule's own interval; it ends exactly at `toAt`. */
export function evidenceWindow(
  { fromAt, toAt }: { fromAt: number; toAt: number },
  intervalMs: number,
): { fromAt: number; toAt: number; stepMs: number } {
  const finest = Math.ceil(Math.max(toAt - fromAt, 1) / (MAX_POINTS - 1));
  const stepMs = Math.ceil(finest / intervalMs) * intervalMs;
  return { fromAt: toAt - Math.floor((toAt - fromAt) / stepMs) * stepMs, toAt, stepMs };
}

/** Freezes the rule's expression and, when it compares, the measured side of it, so that there are points also while the alert is quiet. */
export async function freezeEvidence(reader: EvidenceReader, request: EvidenceRequest): Promise<readonly SeriesEvidence[]> {
  const measured = stripComparison(request.expr);
  const queries = new Set([request.expr, ...(measured === null ? [] : [measured])]);
  const frozen: SeriesEvidence[] = [];
  for (const query of queries) {
    frozen.push(await freeze(reader, query, request));
  }
  return frozen;
}

async function freeze(reader: EvidenceReader, query: string, request: EvidenceRequest): Promise<SeriesEvidence> {
  const { fromAt, toAt, stepMs, labels } = request;
  const found = await reader.range(query, { startMs: fromAt, endMs: toAt, stepMs });
  const points = ({ values }: { values: ArrayLike<number> }): [number, number | null][] =>
    Array.from(values, (value, index) => [fromAt + index * stepMs, finiteOrNull(value)]);
  const all = found.map((one) => ({ labels: one.labels.toJSON(), points: points(one) }));
  const series = closestFirst(all, labels).slice(0, MAX_SERIES);
  const content = { type: 'series' as const, query, fromAt, toAt, stepMs, series };
  return { ...content, sha256: createHash('sha256').update(JSON.stringify(content)).digest('hex') };
}

// JSON has no NaN or infinity; a gap is honest where the value cannot be drawn.
function finiteOrNull(value: number): number | null {
  return value === ABSENT || !Number.isFinite(value) ? null : value;
}

/** The series that belong to the alert; when none does, all of them, those with the fewest contradicting labels first. */
function closestFirst<T extends { readonly labels: LabelSet }>(series: readonly T[], alert: LabelSet): readonly T[] {
  const contradictions = ({ labels }: T): number =>
    Object.entries(labels).filter(([name, value]) => name !== '__name__' && name in alert && alert[name] !== value).length;
  const ranked = series
    .map((one) => ({ one, rank: contradictions(one), text: JSON.stringify(one.labels) }))
    .sort((a, b) => a.rank - b.rank || Number(a.text > b.text) - Number(a.text < b.text));
  const own = ranked.filter(({ rank }) => rank === 0);
  return (own.length > 0 ? own : ranked).map(({ one }) => one);
}
