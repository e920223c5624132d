const LINE_END = 10;
/** Reading the lines of so much text takes less than a millisecond. */
const BYTES_PER_PART = 64 * 1024;

/** The text of a body in parts that end with a line end, but for the last. A line longer than a part makes a longer one. */
export function* bodyParts(chunks: readonly Buffer[]): Generator<string, void> {
  let begun: Buffer[] = [];
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + BYTES_PER_PART);
      from += piece.length;
      const lineEnd = piece.lastIndexOf(LINE_END);
      if (lineEnd < 0) {
        begun.push(piece);
        continue;
      }
      yield textOf([...begun, piece.subarray(0, lineEnd + 1)]);
      begun = [piece.subarray(lineEnd + 1)];
    }
  }
  const last = textOf(begun);
  if (last !== '') {
    yield last;
  }
}

function textOf(pieces: readonly Buffer[]): string {
  const [only] = pieces;
  return (only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces)).toString('utf8');
}
