import { uniform } from './randomness.ts';

/** amplitude × cos(omega × t + phase), omega in radians a second. */
interface Wave {
  readonly amplitude: number;
  readonly omega: number;
  readonly phase: number;
}

/**
 * A rate that varies over the day, as a constant plus cosine waves. Chosen because its integral has a closed form: a counter's
 * value at any moment needs no simulation of the time before it, so a restarted simulator continues every counter exactly.
 * Times are seconds since the simulator's epoch.
 */
export class Harmonics {
  readonly #constant: number;
  readonly #waves: readonly Wave[];

  private constructor(constant: number, waves: readonly Wave[]) {
    this.#constant = constant;
    this.#waves = waves;
  }

  static constant(value: number): Harmonics {
    return new Harmonics(value, []);
  }

  plusWave(wave: { readonly amplitude: number; readonly periodS: number; readonly peakS: number }): Harmonics {
    const omega = (2 * Math.PI) / wave.periodS;
    return new Harmonics(this.#constant, [...this.#waves, { amplitude: wave.amplitude, omega, phase: -omega * wave.peakS }]);
  }

  /** The product; cos a × cos b becomes two waves, so it stays integrable. */
  times(other: Harmonics): Harmonics {
    const waves = [...scaled(this.#waves, other.#constant), ...scaled(other.#waves, this.#constant)];
    for (const a of this.#waves) {
      for (const b of other.#waves) {
        const amplitude = (a.amplitude * b.amplitude) / 2;
        waves.push({ amplitude, omega: a.omega + b.omega, phase: a.phase + b.phase });
        waves.push({ amplitude, omega: a.omega - b.omega, phase: a.phase - b.phase });
      }
    }
    return new Harmonics(this.#constant * other.#constant, waves);
  }

  valueAt(timeS: number): number {
    let value = this.#constant;
    for (const { amplitude, omega, phase } of this.#waves) {
      value += amplitude * Math.cos(omega * timeS + phase);
    }
    return value;
  }

  /** The integral from 0 to `timeS`. Rises for ever when the rate is never negative. */
  integralTo(timeS: number): number {
    let total = this.#constant * timeS;
    for (const { amplitude, omega, phase } of this.#waves) {
      total += (amplitude / omega) * (Math.sin(omega * timeS + phase) - Math.sin(phase));
    }
    return total;
  }
}

const RIPPLE_PERIODS_S = [29, 61, 149, 407, 1301, 3607] as const;

/** 1 plus seeded ripples of seconds to an hour whose amplitudes sum up to `depth` (below 1 keeps the product positive). */
export function ripples(seed: number, depth: number): Harmonics {
  return RIPPLE_PERIODS_S.reduce((sum, period, index) => {
    const periodS = period * (0.9 + 0.2 * uniform(seed, index));
    const amplitude = depth / RIPPLE_PERIODS_S.length;
    return sum.plusWave({ amplitude, periodS, peakS: periodS * uniform(seed, index + 100) });
  }, Harmonics.constant(1));
}

function scaled(waves: readonly Wave[], factor: number): Wave[] {
  return waves.map((wave) => ({ ...wave, amplitude: wave.amplitude * factor }));
}
