import { type Config, loadConfig } from '../config/load-config.ts';
import type { DashboardLibrary } from '../dashboards/dashboard-library.ts';
import type { Logger } from '../runtime/logger.ts';
import { formatProblem, InvalidFileError } from '../runtime/yaml-file.ts';
import type { Alerting } from './alerting.ts';
import type { ConfigFiles } from './config-files.ts';

interface ReloadDeps {
  readonly config: Config;
  readonly readFiles: (config: Config) => ConfigFiles;
  readonly alerting: Alerting;
  readonly dashboards: DashboardLibrary;
  readonly logger: Logger;
}

/**
 * Reads rules, routing and dashboards again. Everything is read and checked before anything is replaced: with any problem the
 * old configuration keeps running. The server's own section and the sources take effect at the next start; a change there is said.
 */
export function reloader(deps: ReloadDeps): () => Promise<readonly string[]> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const reloading = last.then(() => reload(deps));
    last = reloading.catch(() => undefined);
    return reloading;
  };
}

async function reload({ config, readFiles, alerting, dashboards, logger }: ReloadDeps): Promise<readonly string[]> {
  try {
    const next = config.isFile ? loadConfig(config.path) : config;
    const files = readFiles(next);
    await alerting.rules.load(files.rules);
    alerting.templates.replace(files.templates);
    await alerting.notifications.reload(files.routing);
    dashboards.replace(files.dashboards);
    logger.info({ waitForRestart: changedSections(config, next) }, 'configuration reloaded');
    return [];
  } catch (error) {
    const problems =
      error instanceof InvalidFileError
        ? error.problems.map(formatProblem)
        : [error instanceof Error ? error.message : String(error)];
    logger.warn({ problems }, 'configuration was not reloaded, the old one keeps running');
    return problems;
  }
}

/** Sections that are only read at the start and are no longer what they were then. */
function changedSections(running: Config, next: Config): readonly string[] {
  const atStart = ['server', 'storage', 'limits', 'sources', 'inventory', 'logging', 'runbooks'] as const;
  // The address may come from the command line, which wins over the file now as it did at the start.
  const comparable = { ...next.file, server: { ...next.file.server, listen: running.file.server.listen } };
  return atStart.filter((section) => JSON.stringify(running.file[section]) !== JSON.stringify(comparable[section]));
}
