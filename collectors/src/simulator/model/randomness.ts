/** A 32-bit hash of text (FNV-1a with a final mix); the seed of everything that belongs to that name. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(hash);
}

/** The n-th number of a seed's sequence, uniform in [0, 1). Random access: no state, so any moment can be asked for. */
export function uniform(seed: number, n: number): number {
  // n may exceed 32 bits (it is often a time divided by a period), so both halves take part.
  const high = Math.floor(n / 0x1_0000_0000);
  return mix(seed ^ mix(n | 0) ^ Math.imul(high, 0x9e3779b1)) / 0x1_0000_0000;
}

/** Smooth noise in [-1, 1] that takes a new direction every `periodMs`; a pure function of its arguments. */
export function noise(seed: number, atMs: number, periodMs: number): number {
  const cell = Math.floor(atMs / periodMs);
  const x = atMs / periodMs - cell;
  const from = uniform(seed, cell);
  const to = uniform(seed, cell + 1);
  return (from + (to - from) * x * x * (3 - 2 * x)) * 2 - 1;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
