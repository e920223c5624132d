import type { Dashboard } from '@tila/contract/dashboards.ts';

export type VariableName = 'environment' | 'cluster' | 'service';

/** What a dashboard is shown for. Which of them are known depends on the page. */
export type DashboardTarget = Readonly<Partial<Record<VariableName, string>>>;

/** The variables a page knows. */
export const PAGE_VARIABLES: Readonly<Record<Dashboard['for'], readonly VariableName[]>> = {
  service: ['environment', 'cluster', 'service'],
  cluster: ['environment', 'cluster'],
  environment: ['environment'],
  standalone: [],
};

interface Piece {
  readonly text: string;
  /** A variable that stands alone in code, or inside a string and how that string is used. */
  readonly variable?: { readonly name: string; readonly place: 'string' | 'regex' | 'raw string' | 'code' };
}

// A comment, a double-quoted string with the operator before it, a string of another kind, a variable in code, anything else.
const TOKENS = /#[^\n]*|(?:=~|!~)?\s*"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\$\w+|./gs;
const VARIABLE = /\$([A-Za-z_]\w*)/g;

/** What is wrong with the use of variables in an expression; empty when nothing is. */
export function variableProblems(expr: string, page: Dashboard['for']): readonly string[] {
  return piecesOf(expr).flatMap(({ variable }) => {
    if (variable === undefined) {
      return [];
    }
    const name = `$${variable.name}`;
    if (!PAGE_VARIABLES[page].some((known) => known === variable.name)) {
      const known = PAGE_VARIABLES[page].map((each) => `$${each}`).join(', ') || 'no variables';
      return [`${name} is not known on this page (for: ${page}); it has ${known}`];
    }
    return variable.place === 'string'
      ? []
      : [`${name} may only stand inside double quotes after = or !=, e.g. service="$service"`];
  });
}

/**
 * Puts the target's values in, escaped as PromQL strings, so that no value can leave its quotes. Variables the target does not
 * have stay as they are. Only for expressions without `variableProblems`.
 */
export function substituteVariables(expr: string, target: DashboardTarget): string {
  const values = new Map<string, string>(Object.entries(target));
  return piecesOf(expr)
    .map(({ text, variable }) => {
      const value = variable?.place === 'string' ? values.get(variable.name) : undefined;
      return value === undefined ? text : escapeString(value);
    })
    .join('');
}

function piecesOf(expr: string): readonly Piece[] {
  return [...expr.matchAll(TOKENS)].flatMap(([token]) => split(token, placeOf(token)));
}

type Place = NonNullable<Piece['variable']>['place'];

function placeOf(token: string): Place {
  if (token.startsWith("'") || token.startsWith('`')) {
    return 'raw string';
  }
  if (/^[=!]~/.test(token)) {
    return 'regex';
  }
  return token.trimStart().startsWith('"') ? 'string' : 'code';
}

function split(token: string, place: Place): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of token.matchAll(VARIABLE)) {
    pieces.push({ text: token.slice(end, match.index) });
    pieces.push({ text: match[0], variable: { name: match[1] ?? '', place } });
    end = match.index + match[0].length;
  }
  return [...pieces, { text: token.slice(end) }];
}

/** The inside of a double-quoted PromQL string. JSON's escapes are a subset of Go's; a lone surrogate is no text at all. */
function escapeString(value: string): string {
  return JSON.stringify(value.toWellFormed()).slice(1, -1);
}
