const EXCERPT_CHARACTERS = 80;

/** A body that is not valid exposition text. The message names the line (from 1), what is wrong and shows the line's start. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
  readonly line: number;

  constructor(line: number, problem: string, text: string) {
    super(`line ${line}: ${problem}: ${JSON.stringify(excerptOf(text))}`);
    this.line = line;
  }
}

/** What is wrong with one line, thrown by the line parsers, which do not know the line's number. */
export class LineProblem extends Error {
  override readonly name = 'LineProblem';
}

function excerptOf(text: string): string {
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
}
