import { isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import type { FileProblem } from '../runtime/yaml-file.ts';

export interface YamlDocument {
  /** The first document's value; every scalar is text, as Go's decoder sees it in string fields. */
  readonly value: unknown;
  readonly documents: number;
  readonly problems: readonly FileProblem[];
  problemAt(path: readonly PropertyKey[], message: string): FileProblem;
}

/** Parses the first YAML document of a text, remembering where everything stands. */
export function readYaml(file: string, text: string): YamlDocument {
  const strict = readStrictly(file, text);
  if (strict.problems.length === 0) {
    return strict;
  }
  const lenient = readStrictly(file, indentContinuations(text));
  return lenient.problems.length === 0 ? lenient : strict;
}

const OPENS_QUOTE = /^[ -]*[^\s:#][^:#]*:[ ]+"(?:[^"\\]|\\.)*\\?$/;
const CLOSES_QUOTE = /^(?:[^"\\]|\\.)*"/;

/**
 * Quoted text that goes on over several lines must be indented more than its key. Go's YAML does not insist, and public rule
 * files rely on it; leading space of such a line is no part of the text, so adding some changes nothing.
 */
function indentContinuations(text: string): string {
  let isOpen = false;
  const lines = text.split('\n').map((line) => {
    if (isOpen) {
      isOpen = !CLOSES_QUOTE.test(line);
      return `${' '.repeat(MORE_THAN_ANY_KEY)}${line}`;
    }
    isOpen = OPENS_QUOTE.test(line);
    return line;
  });
  return lines.join('\n');
}

const MORE_THAN_ANY_KEY = 40;

function readStrictly(file: string, text: string): YamlDocument {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { schema: 'failsafe', merge: true, lineCounter });
  const documents = 'empty' in parsed ? [] : parsed;
  const [first] = documents;
  const place = (offset: number, path: readonly PropertyKey[], message: string): FileProblem => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: pathText(path), message };
  };
  const problemAt = (path: readonly PropertyKey[], message: string): FileProblem => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = first?.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) {
        return place(node.range[0], path, message);
      }
    }
    return place(0, path, message);
  };
  const problems = (first?.errors ?? []).map((error) => place(error.pos[0], [], firstLine(error.message)));
  return {
    value: problems.length > 0 ? undefined : first?.toJS({ maxAliasCount: 100 }),
    documents: documents.length,
    problems,
    problemAt,
  };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** The problems zod found, each at its place in the file; an unknown key is told with the keys that exist. */
export function locateIssues(
  document: YamlDocument,
  issues: readonly z.core.$ZodIssue[],
  knownKeys: (path: readonly PropertyKey[]) => string,
): FileProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const hint = knownKeys(issue.path);
      return issue.keys.map((key) =>
        document.problemAt([...issue.path, key], `unknown key; remove it or correct its spelling${hint}`),
      );
    }
    return [document.problemAt(issue.path, issue.message)];
  });
}
