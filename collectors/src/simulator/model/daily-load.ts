import { Harmonics } from './harmonics.ts';

/**
 * Every counter starts at zero here: midnight in India, 1 January 2025. Fixed, so that values depend on absolute time only.
 */
export const EPOCH_MS = Date.UTC(2024, 11, 31, 18, 30);

const DAY_S = 86_400;
const HOUR_S = 3_600;

/** Branch hours: quiet at 02:00 IST (0.2), busy from 10:00 to 17:00 (around 1). */
export const BUSINESS_DAY = Harmonics.constant(0.7)
  .plusWave({ amplitude: 0.5, periodS: DAY_S, peakS: 14 * HOUR_S })
  .plusWave({ amplitude: 0.1, periodS: DAY_S / 2, peakS: 11 * HOUR_S });

/** Test traffic of the environments without customers: nearly flat, so that a single error is never a high ratio. */
export const TEST_DAY = Harmonics.constant(0.85).plusWave({ amplitude: 0.15, periodS: DAY_S, peakS: 14 * HOUR_S });

export function secondsSinceEpoch(atMs: number): number {
  return (atMs - EPOCH_MS) / 1000;
}
