/** Compares texts by runs of digits and non-digits, digits as numbers: `cpu2` before `cpu10`. */
export function compareNaturally(a: string, b: string): number {
  const left = a.match(CHUNKS) ?? [];
  const right = b.match(CHUNKS) ?? [];
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    const order = x === y ? 0 : compareChunks(x, y);
    if (order !== 0) {
      return order;
    }
  }
  return left.length - right.length;
}

const CHUNKS = /\d+|\D+/g;

function compareChunks(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) {
    const order = Number(a) - Number(b);
    if (order !== 0) {
      return order;
    }
    return a.length - b.length;
  }
  return a < b ? -1 : 1;
}
