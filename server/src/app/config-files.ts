import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DashboardView } from '@tila/contract/dashboards.ts';
import { type Config, filesOf, type NamedFile } from '../config/load-config.ts';
import { loadDashboards } from '../dashboards/dashboard-files.ts';
import type { RoutingConfig } from '../notify/routing-config.ts';
import { parseRoutingConfig } from '../notify/routing-config.ts';
import type { RuleEvaluator } from '../rules/rule-evaluator.ts';
import { parseRuleFile, type RuleFileDefaults, type RuleFileText } from '../rules/rule-file.ts';
import { type FileProblem, InvalidFileError } from '../runtime/yaml-file.ts';
import { parseTemplates, type TemplateFile } from './adapters/template-renderer.ts';

/** Prometheus' defaults for groups that name none. */
export const RULE_DEFAULTS: RuleFileDefaults = { intervalMs: 60_000, queryOffsetMs: 0 };

/** Everything the configuration names, read and checked. */
export interface ConfigFiles {
  readonly rules: readonly RuleFileText[];
  readonly routing: RoutingConfig;
  readonly templates: readonly TemplateFile[];
  readonly dashboards: readonly DashboardView[];
}

export interface ConfigFilesDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly check: RuleEvaluator['check'];
}

/** Rules about Tila itself, always loaded: without them a silent source would tell nobody. */
const OWN_RULES = fileURLToPath(new URL('../../../alert-rules/tila/sources.rules.yaml', import.meta.url));

const NOBODY = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

/** Reads rule files, routing, templates and dashboards. @throws InvalidFileError with every problem in all of them. */
export function readConfigFiles(config: Config, deps: ConfigFilesDeps): ConfigFiles {
  const problems: FileProblem[] = [];
  const rules = readRules(config, deps, problems);
  const routing = readRouting(config, deps, problems);
  const patterns = config.file.dashboards;
  const loaded = loadDashboards({ patterns, baseDir: config.baseDirectory }, (expr) => deps.check(expr)?.message ?? null);
  problems.push(...loaded.problems);
  const templates = routing === undefined ? [] : readTemplates(config, routing, problems);
  if (problems.length > 0 || routing === undefined) {
    throw new InvalidFileError(problems);
  }
  return { rules, routing, templates, dashboards: loaded.dashboards };
}

function readRules(config: Config, { check }: ConfigFilesDeps, problems: FileProblem[]): readonly RuleFileText[] {
  const own: NamedFile = { path: OWN_RULES, name: 'tila/sources.rules.yaml' };
  const named = filesOf(config, config.file.rules).filter(({ path }) => path !== own.path);
  return [own, ...named].flatMap(({ path, name }) => {
    const text = readOr(path, name, problems);
    if (text === undefined) {
      return [];
    }
    const parsed = parseRuleFile({ file: name, text }, check, RULE_DEFAULTS);
    problems.push(...(parsed.ok ? [] : parsed.problems));
    return [{ file: name, text }];
  });
}

function readRouting(config: Config, { env }: ConfigFilesDeps, problems: FileProblem[]): RoutingConfig | undefined {
  const name = config.file.routing;
  const text = name === undefined ? NOBODY : readOr(resolve(config.baseDirectory, name), name, problems);
  if (text === undefined) {
    return undefined;
  }
  const parsed = parseRoutingConfig(text, { file: name ?? 'routing', env: (variable) => env[variable] });
  problems.push(...(parsed.ok ? [] : parsed.problems));
  return parsed.ok ? parsed.value : undefined;
}

function readTemplates(config: Config, routing: RoutingConfig, problems: FileProblem[]): readonly TemplateFile[] {
  const paths = routing.templates.flatMap((glob) => globSync(glob, { cwd: config.baseDirectory }));
  return [...new Set(paths)].sort().flatMap((name) => {
    const text = readOr(resolve(config.baseDirectory, name), name, problems);
    return text === undefined || !isTemplate({ name, text }, problems) ? [] : [{ name, text }];
  });
}

function isTemplate(file: TemplateFile, problems: FileProblem[]): boolean {
  try {
    parseTemplates([file], () => 0);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ file: file.name, line: 1, column: 1, path: '', message });
    return false;
  }
}

function readOr(path: string, name: string, problems: FileProblem[]): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    problems.push({ file: name, line: 1, column: 1, path: '', message: `cannot be read: ${reason}` });
    return undefined;
  }
}
