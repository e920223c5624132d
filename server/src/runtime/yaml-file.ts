import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** One thing wrong in a file: where it is and how to mend it. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Path inside the document, `sources[0].url`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

export type ParsedFile<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Thrown by loaders that must have a good file. The message lists every problem, one a line. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

export function formatProblem(problem: FileProblem): string {
  const path = problem.path === '' ? '' : ` ${problem.path}:`;
  return `${problem.file}:${problem.line}:${problem.column}:${path} ${problem.message}`;
}

/** Parses YAML against a schema. Reports every problem at once with its line; YAML errors first, since they hide the rest. */
export function parseYamlFile<S extends z.ZodType>(text: string, file: string, schema: S): ParsedFile<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) =>
        problemAt({ file, lines, offset: error.pos[0], path: '', message: error.message }),
      ),
    };
  }
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) {
    return { ok: true, value: parsed.data };
  }
  const problems = parsed.error.issues.map((issue) =>
    problemAt({ file, lines, offset: offsetOf(document, issue.path), path: pathText(issue.path), message: issue.message }),
  );
  return { ok: false, problems };
}

function problemAt(at: { file: string; lines: LineCounter; offset: number; path: string; message: string }): FileProblem {
  const { line, col } = at.lines.linePos(at.offset);
  return { file: at.file, line: Math.max(line, 1), column: Math.max(col, 1), path: at.path, message: at.message };
}

/** Where the path, or the deepest part of it that exists, stands in the text. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      return node.range[0];
    }
  }
  return 0;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') {
      return `${text}[${part}]`;
    }
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
