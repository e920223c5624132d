import { z } from 'zod';

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** A size in a configuration file, `10MB` or `512KB` (powers of 1024, as Prometheus reads them), or `0` for no limit. Bytes once parsed. */
export const ByteSize = z.union([z.string(), z.literal(0)]).transform((text, context): number => {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/.exec(String(text));
  const factor = FACTORS[match?.[2] ?? 'none'];
  if (match === null || factor === undefined) {
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no size; write it like 10MB` });
    return z.NEVER;
  }
  return Math.floor(Number(match[1]) * factor);
});
