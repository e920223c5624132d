import type { Labels } from '../model/labels.ts';

const OFFSET = 14_695_981_039_346_656_037n;
const PRIME = 1_099_511_628_211n;
const SEPARATOR = 255;

/** Alertmanager's fingerprint of a label set: FNV-1a, 64 bits, over sorted names and values; 16 hex digits. */
export function fingerprint(labels: Labels): string {
  const encoder = new TextEncoder();
  let hash = OFFSET;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const [name, value] of labels.entries()) {
    for (const text of [name, value]) {
      for (const byte of encoder.encode(text)) {
        add(byte);
      }
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}

/** FNV-1a, 64 bits, of a text. */
export function hashText(text: string): bigint {
  let hash = OFFSET;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  }
  return hash;
}
