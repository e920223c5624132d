/** What differs from health in one instance of a service or datastore. */
export interface EntityState {
  /** Added share of failing requests. */
  readonly errorRatio: number;
  readonly latencyFactor: number;
  readonly loadFactor: number;
  /** Least share of the connection pool in use. */
  readonly pool: number;
  /** Memory use is moved towards `to` of the limit by `power` (0 to 1). */
  readonly memory: { readonly to: number; readonly power: number } | null;
  readonly lag: { readonly consumergroup: string; readonly messages: number } | null;
  readonly version: string | null;
  /** The target does not answer. */
  readonly down: boolean;
}

export type MutableState = { -readonly [Key in keyof EntityState]: EntityState[Key] };

export const HEALTHY: EntityState = {
  errorRatio: 0,
  latencyFactor: 1,
  loadFactor: 1,
  pool: 0,
  memory: null,
  lag: null,
  version: null,
  down: false,
};

/** Derives what follows inside one service: requests that wait for an exhausted pool are slow, then fail. */
export function settle(state: MutableState): void {
  const stress = Math.min(1, Math.max(0, (state.pool - 0.85) / 0.15));
  state.errorRatio += 0.38 * stress;
  state.latencyFactor *= 1 + 17 * stress;
}
