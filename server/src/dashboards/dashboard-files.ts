import { globSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { Dashboard, type DashboardView } from '@tila/contract/dashboards.ts';
import { z } from 'zod';
import { type FileProblem, parseYamlFile } from '../runtime/yaml-file.ts';
import { type DashboardTarget, PAGE_VARIABLES, substituteVariables, variableProblems } from './variables.ts';

/** What is wrong with an expression, or `null`. */
export type CheckExpr = (expr: string) => string | null;

export interface LoadedDashboards {
  /** The good ones, by id. */
  readonly dashboards: readonly DashboardView[];
  /** Everything wrong with the others. */
  readonly problems: readonly FileProblem[];
}

export interface DashboardFiles {
  /** Globs, relative to `baseDir`; `**` for any depth. */
  readonly patterns: readonly string[];
  readonly baseDir: string;
}

/** Reads every dashboard file. A pattern that matches nothing is a problem too, unless it is a glob. */
export function loadDashboards({ patterns, baseDir }: DashboardFiles, checkExpr: CheckExpr): LoadedDashboards {
  const matched = patterns.flatMap((pattern) => {
    const files = globSync(pattern, { cwd: baseDir });
    return files.length === 0 && !/[*?[{]/.test(pattern) ? [pattern] : files;
  });
  const files = [...new Set(matched.map((file) => resolve(baseDir, file)))].sort();
  const loaded = files.map((file) => loadFile(file, baseDir, checkExpr));
  return {
    dashboards: loaded.flatMap(({ dashboards }) => dashboards),
    problems: loaded.flatMap(({ problems }) => problems),
  };
}

function loadFile(path: string, baseDir: string, checkExpr: CheckExpr): LoadedDashboards {
  const file = relative(baseDir, path).split(sep).join('/');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const message = `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { dashboards: [], problems: [{ file, line: 1, column: 1, path: '', message }] };
  }
  const id = file.replace(/^(\.\.?\/)*(dashboards\/)?/, '').replace(/(\.dashboard)?\.ya?ml$/, '');
  return parseDashboard({ file, text, id }, checkExpr);
}

/** Parses one file. Problems of its shape and of its expressions are found together. */
export function parseDashboard(
  { file, text, id }: { readonly file: string; readonly text: string; readonly id: string },
  checkExpr: CheckExpr,
): LoadedDashboards {
  const shape = parseYamlFile(text, file, Dashboard);
  const expressions = parseYamlFile(text, file, expressionsSchema(checkExpr));
  const isYaml = shape.ok || shape.problems.some((problem) => problem.path !== '');
  const problems = [...(shape.ok ? [] : shape.problems), ...(expressions.ok || !isYaml ? [] : expressions.problems)];
  return shape.ok && problems.length === 0
    ? { dashboards: [{ id, dashboard: shape.value }], problems }
    : { dashboards: [], problems };
}

const Exprs = z.object({
  for: z.enum(['service', 'cluster', 'environment', 'standalone']).catch('standalone'),
  when: z.array(z.unknown()).catch([]),
  panels: z
    .array(z.object({ queries: z.array(z.object({ expr: z.unknown() }).catch({ expr: null })).catch([]) }).catch({ queries: [] }))
    .catch([]),
});

/** Accepts any shape and judges the expressions it finds. */
function expressionsSchema(checkExpr: CheckExpr) {
  return Exprs.superRefine((file, context) => {
    const judge = (expr: unknown, path: (string | number)[]): void => {
      for (const message of typeof expr === 'string' ? problemsOf(expr, file.for, checkExpr) : []) {
        context.addIssue({ code: 'custom', path, message });
      }
    };
    for (const [i, expr] of file.when.entries()) {
      judge(expr, ['when', i]);
    }
    for (const [i, panel] of file.panels.entries()) {
      for (const [j, query] of panel.queries.entries()) {
        judge(query.expr, ['panels', i, 'queries', j, 'expr']);
      }
    }
  });
}

function problemsOf(expr: string, page: Dashboard['for'], checkExpr: CheckExpr): readonly string[] {
  const problems = variableProblems(expr, page);
  if (problems.length > 0) {
    return problems;
  }
  const sample: DashboardTarget = Object.fromEntries(PAGE_VARIABLES[page].map((name) => [name, name]));
  const problem = checkExpr(substituteVariables(expr, sample));
  return problem === null ? [] : [problem];
}
